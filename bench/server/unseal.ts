import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { unsealData } from 'iron-session';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { keyringOf } from '../../server/settings/keyring.ts';
import { table } from '../lib/report.ts';
import { interleave, number, ratios, spread, summary, timed } from '../lib/stats.ts';
import { PASSWORD } from './app.ts';
import { makeSeals, makeSession, mintCookies } from './seals.ts';

const BLOCK = 50;

/** Opens one session again and again, in blocks taken in turns; the fresh cookies are each opened once. `others` open theirs. */
export async function unseal(rounds: number, others: Readonly<Record<string, () => unknown>> = {}) {
  const seals = makeSeals();
  const cookies = await mintCookies(BLOCK * (rounds + 2) + 1);
  const repeated = cookies.pop()!;
  const sealed = /reseal=([^;]+)/.exec(repeated)![1]!;
  const passwords = keyringOf([PASSWORD]).open;

  const key = randomBytes(32);
  const session = makeSession();
  const jwe = await new EncryptJWT({ ...session })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setIssuedAt()
    .setExpirationTime('1d')
    .encrypt(key);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const box = Buffer.concat([
    nonce,
    cipher.update(JSON.stringify(session)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const raw = box.toString('base64url');
  const openRaw = (text: string): unknown => {
    const bytes = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return JSON.parse(plain.toString());
  };

  const block = (work: () => unknown) => async () =>
    timed(async () => {
      for (let count = 0; count < BLOCK; count += 1)
        if (!(await work())) throw new Error('It does not open.');
    });
  const ours = {
    raw: block(() => openRaw(raw)),
    jose: block(() => jwtDecrypt(jwe, key)),
    iron: block(() => unsealData(sealed, { password: passwords, ttl: 0 })),
    fresh: block(() => seals.open(cookies.pop())),
    repeated: block(() => seals.open(repeated)),
  };
  const theirs = Object.entries(others).map(([name, open]) => [name, block(open)]);
  const work = { ...ours, ...Object.fromEntries(theirs) } as Record<string, () => Promise<number>>;
  await interleave(work, 2);
  const measured = await interleave(work, rounds);
  const timesOf = (name: string) => measured[name] ?? [];
  const rows = Object.keys(work).map((name) => ({
    name,
    us: (summary(timesOf(name)).median / BLOCK) * 1000,
    overRaw: summary(ratios(timesOf(name), timesOf('raw'))),
    overJose: summary(ratios(timesOf(name), timesOf('jose'))),
  }));
  return { rows, raw: measured };
}

const NAMES: Readonly<Record<string, string>> = {
  raw: 'raw AES-256-GCM and `JSON.parse`, synchronous',
  jose: '`jose`, `dir` with A256GCM',
  iron: 'iron-session `unsealData`',
  fresh: 'Reseal, a cookie never seen before',
  repeated: 'Reseal, the same cookie again',
};

export const unsealTable = ({ rows }: Awaited<ReturnType<typeof unseal>>): string =>
  table(
    ['opening a session', 'µs', '÷ raw', '÷ jose'],
    rows.map(({ name, us, overRaw, overJose }) => [
      NAMES[name] ?? name,
      number(us, 1),
      spread(overRaw),
      spread(overJose, 3),
    ]),
  );
