import { createSessionCookies } from '../../../server/session/cookies.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { cutMutantOf, mutantOf, randomOf } from './mutants.ts';
import { requestText, sendRaw } from './rawClient.ts';

/** `RUNS=100000` for the whole; what `npm test` runs is a sample of it. */
const RUNS = Number(process.env['RUNS'] ?? 2000);
const SEED = Number(process.env['SEED'] ?? 20261123);

let app: AppWithUpstream;
let ada: Browser;
let grace: Browser;

beforeAll(async () => {
  app = await startAppWithUpstream();
  ada = new Browser(app.url);
  grace = new Browser(app.url);
  await ada.login();
  await grace.login('grace', 'hopper');
});
afterAll(() => app.close());

const sealOf = (browser: Browser) => browser.jar.get('reseal') ?? '';

test(`of ${RUNS} mutated cookies none is accepted and none is an error`, async () => {
  const random = randomOf(SEED);
  const { cookies } = app.runtime;
  const startedAtMs = performance.now();
  for (let run = 0; run < RUNS; run += 1) {
    const mutant = mutantOf(sealOf(ada), sealOf(grace), random);
    const found = await cookies.open(`reseal=${mutant}`);
    if (found !== null) throw new Error(`run ${run} of seed ${SEED} was accepted`);
  }
  const ms = performance.now() - startedAtMs;
  if (process.env['RUNS'])
    console.info(`${RUNS} mutants: ${(ms / 1000).toFixed(1)} s, ${((ms / RUNS) * 1000).toFixed(0)} µs each`);
  expect(await cookies.open(ada.cookie)).not.toBeNull();
}, 600_000);

test('nor is one cut into chunks anywhere', async () => {
  const random = randomOf(SEED + 1);
  for (let run = 0; run < RUNS / 10; run += 1) {
    const cookie = cutMutantOf(sealOf(ada), sealOf(grace), random);
    if (await app.runtime.cookies.open(cookie)) throw new Error(`run ${run} of seed ${SEED} was accepted`);
  }
}, 600_000);

test('on the wire each of them is a 401 that leaves the cookies alone', async () => {
  const random = randomOf(SEED + 2);
  const seen = new Set<string>();
  for (let run = 0; run < Math.min(RUNS, 5000) / 10; run += 1) {
    const mutant = mutantOf(sealOf(ada), sealOf(grace), random).replace(/[^\x20-\x7e]/g, '?');
    const request = requestText('GET /api/user', ['X-Reseal: 1', `Cookie: reseal=${mutant}`]);
    const { status, headers } = await sendRaw(app.url, request);
    // A mutant with a `;` or a space may leave the good seal whole in front of it.
    seen.add(
      `${status} ${headers.get('x-reseal-reason')?.[0]} ${headers.get('set-cookie')?.[0] ?? 'no cookie'}`,
    );
  }
  expect([...seen]).toEqual(['401 no_session no cookie']);
}, 600_000);

test('the bits to spare in the last letter of the MAC are not to spare', async () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const accepted: string[] = [];
  for (const letter of letters) {
    const cookie = ada.cookie.replace(/.(?=~2)/, letter);
    if (await app.runtime.cookies.open(cookie)) accepted.push(cookie);
  }
  expect(accepted).toEqual([ada.cookie]);
});

test('to reject one costs no more than to open a good one', async () => {
  const { keyring, appUrl } = app.runtime.settings;
  const time = async (cookies: readonly string[]) => {
    const seals = createSessionCookies({ keyring, appUrl }, app.runtime.metrics, 1);
    const startedAtMs = performance.now();
    for (const cookie of cookies) await seals.open(cookie);
    return ((performance.now() - startedAtMs) / cookies.length) * 1000;
  };
  const wellShaped = sealOf(ada).replace(/.(?=~2$)/, (last) => (last === 'A' ? 'E' : 'A'));
  const cases = {
    misshapen: `reseal=${sealOf(ada).slice(1)}`,
    tooLong: `reseal=${'A'.repeat(15_000)}`,
    wrongMac: `reseal=${wellShaped}`,
    wrongNumber: `reseal=${sealOf(ada).replace(/\*\d+\*/, '*7*')}`,
  };
  // Two good seals in turn, and a memory of one: each opening is a fresh one.
  const good = await time(Array.from({ length: 200 }, (_, index) => (index % 2 ? ada : grace).cookie));
  const costs: Record<string, number> = { good };
  for (const [name, cookie] of Object.entries(cases))
    costs[name] = await time(Array<string>(200).fill(cookie));
  if (process.env['RUNS']) console.info('µs each', costs);
  for (const name of Object.keys(cases)) expect(costs[name]).toBeLessThan(good * 2 + 200);
});
