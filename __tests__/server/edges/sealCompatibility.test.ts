import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sealData, unsealData } from 'iron-session';
import { openSeal } from '../../../server/session/openSeal.ts';
import { keyringOf } from '../../../server/settings/keyring.ts';
import { mutantOf, randomOf } from './mutants.ts';

const RUNS = Number(process.env['RUNS'] ?? 300);
const PASSWORDS = ['a'.repeat(32), 'ü한😀'.padEnd(40, '-'), 'c'.repeat(64)] as const;
const keyring = keyringOf([...PASSWORDS]);
const [newest] = Object.keys(keyring.seal) as [string];

/** What iron-session takes: JSON objects; it seals no value that JSON would change. */
const session = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'binary' }));
const withoutVersion = (seal: string) => seal.replace(/~2$/, '');
const open = (seal: string, nowMs = Date.now()) => openSeal(withoutVersion(seal), keyring.open, nowMs);

/** Seals as the format says, with `node:crypto`. @see https://github.com/hapijs/iron#seal-format */
function sealByHand(value: unknown, id: string, password: string, expiration = ''): string {
  const key = (salt: string) => pbkdf2Sync(password, salt, 1, 32, 'sha1');
  const [salt, macSalt] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', key(salt), iv);
  const encrypted = cipher.update(JSON.stringify(value), 'utf8', 'base64url') + cipher.final('base64url');
  const signed = ['Fe26.2', id, salt, iv.toString('base64url'), encrypted, expiration].join('*');
  const mac = createHmac('sha256', key(macSalt)).update(signed).digest('base64url');
  return `${signed}*${macSalt}*${mac}~2`;
}

/** What iron-session makes of a seal; `null` where it refuses it. */
async function byIronSession(seal: string): Promise<unknown> {
  let isRefused = false;
  const value = await unsealData(seal, {
    password: keyring.open,
    ttl: 0,
    onUnsealError: () => void (isRefused = true),
  });
  return isRefused ? null : value;
}

test('what iron-session seals with any password of the keyring opens to the same value', async () => {
  await fc.assert(
    fc.asyncProperty(session, fc.constantFrom(...Object.keys(keyring.open)), async (value, id) => {
      const seal = await sealData(value, { password: { [id]: keyring.open[id] ?? '' }, ttl: 0 });
      expect(open(seal)).toEqual(await byIronSession(seal));
      expect(open(seal)).not.toBeNull();
    }),
    { numRuns: RUNS },
  );
});

test('what the format says, iron-session opens too', async () => {
  await fc.assert(
    fc.asyncProperty(session, async (value) => {
      const seal = sealByHand(value, newest, PASSWORDS[0]);
      const expected = JSON.parse(JSON.stringify(value)) as unknown;
      expect(await byIronSession(seal)).toEqual(expected);
      expect(open(seal)).toEqual(expected);
    }),
    { numRuns: RUNS },
  );
});

test('a seal with one letter other, cut, or mixed of two is refused by both', async () => {
  const seals = await Promise.all(
    [{ a: 1 }, { b: 'x'.repeat(500) }].map((value) => sealData(value, { password: keyring.seal, ttl: 0 })),
  );
  const random = randomOf(20261129);
  for (let run = 0; run < RUNS; run += 1) {
    // iron-session cuts at the first tilde, as our caller does before it.
    const mutant = withoutVersion(mutantOf(seals[0]!, seals[1]!, random));
    if (mutant.includes('~') || mutant === withoutVersion(seals[0]!)) continue;
    const [ours, theirs] = [open(mutant), await byIronSession(mutant)];
    // In the last letter of the MAC two bits are to spare; cookies.ts refuses those.
    if (ours !== null || theirs !== null)
      expect(mutant.slice(0, -1)).toBe(withoutVersion(seals[0]!).slice(0, -1));
  }
});

test('a seal expires for both at the same time, a minute after what it says', async () => {
  const nowMs = Date.now();
  for (const [expiration, isOpen] of [
    [`${nowMs - 61_000}`, false],
    [`${nowMs - 50_000}`, true],
    [`${nowMs + 1000}`, true],
    ['0', false],
    ['01', false],
    ['x', false],
  ] as const) {
    const seal = sealByHand({ a: 1 }, newest, PASSWORDS[0], expiration);
    expect([expiration, open(seal) !== null]).toEqual([expiration, isOpen]);
    expect([expiration, (await byIronSession(seal)) !== null]).toEqual([expiration, isOpen]);
  }
  expect(open(sealByHand({}, newest, PASSWORDS[0], `${nowMs}`), nowMs + 59_999)).toEqual({});
  expect(open(sealByHand({}, newest, PASSWORDS[0], `${nowMs}`), nowMs + 60_000)).toBeNull();
});

test('a password that is not in the keyring, or a name that every object has, opens nothing', () => {
  expect(open(sealByHand({}, newest, 'another'.padEnd(32, '-')))).toBeNull();
  for (const id of ['7', '', 'constructor', '__proto__', 'toString'])
    expect(open(sealByHand({}, id, PASSWORDS[0]))).toBeNull();
});

test('a seal that was signed and holds no JSON, or no whole block, is refused by both', async () => {
  const good = sealByHand({ a: 1 }, newest, PASSWORDS[0]);
  const parts = withoutVersion(good).split('*');
  const resigned = (at: number, value: string) => {
    const changed = parts.with(at, value);
    const key = pbkdf2Sync(PASSWORDS[0], parts[6] ?? '', 1, 32, 'sha1');
    const mac = createHmac('sha256', key).update(changed.slice(0, 6).join('*')).digest('base64url');
    return [...changed.slice(0, 7), mac].join('*');
  };
  for (const seal of [
    resigned(3, 'AAAA'),
    resigned(4, 'AAAA'),
    resigned(4, parts[3] ?? ''),
    resigned(4, ''),
  ]) {
    expect(open(seal)).toBeNull();
    expect(await byIronSession(seal)).toBeNull();
  }
});
