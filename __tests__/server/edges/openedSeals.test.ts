import type { SealedSession } from '../../../server/session/record.ts';
import { createMetrics } from '../../../server/ops/metrics.ts';
import { composeServer } from '../../../server/composeServer.ts';
import { createSessionCookies } from '../../../server/session/cookies.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { Browser, codeOf } from '../../../testing/browser.ts';
import { grantingIssuer, pairOf, startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

const DAY_MS = 86_400_000;
let app: SignedInApp;
let clock: FakeClock;
let ada: Browser;
/** Lengthens the tokens that are granted. */
let more: string;

beforeEach(async () => {
  clock = new FakeClock();
  more = '';
  const pair = () => pairOf({ refreshedAtMs: clock.now(), refreshToken: `refresh${more}` });
  const issuer = grantingIssuer({
    login: async ({ username }) => ({
      kind: 'granted',
      pair: pair(),
      user: { id: username, name: username },
    }),
    refresh: async () => ({ kind: 'granted', pair: pair() }),
  });
  app = await startSignedInApp((_req, res) => res.end('{}'), { parts: { clock, issuer } });
  ({ ada } = app);
});
afterEach(() => app.close());

const open = (cookie: string) => app.runtime.cookies.open(cookie);
const value = () => ada.jar.get('reseal') ?? '';

test('a seal that was opened is looked up, and what is looked up cannot be changed', async () => {
  const first = await open(ada.cookie);
  expect(await open(`theme=dark; reseal=${value()}`)).toBe(first);
  for (const part of [first, first?.pair, first?.user]) expect(Object.isFrozen(part)).toBe(true);
  expect(() => Object.assign(first as { version: number }, { version: 99 })).toThrow(TypeError);
  expect(() => Object.assign(first?.pair as object, { accessToken: 'x' })).toThrow(TypeError);
});

test('what this process wrote, whole or in chunks, it need not open, and reads as another process would', async () => {
  const { sealsOpened } = app.runtime.metrics;
  const other = composeServer(app.runtime.settings);
  for (more of ['', 'x'.repeat(3000)]) {
    await ada.login();
    const written = await open(ada.cookie);
    expect(written?.pair.refreshToken).toBe(`refresh${more}`);
    expect(written).toEqual(await other.cookies.open(ada.cookie));
    for (const part of [written, written?.pair, written?.user]) expect(Object.isFrozen(part)).toBe(true);
  }
  expect([...ada.jar.keys()]).toContain('reseal.1');
  expect((await sealsOpened.get()).values[0]?.value).toBe(0);
  expect((await other.metrics.sealsOpened.get()).values[0]?.value).toBe(2);
  await other.close();
});

test('it is known by its whole value: a tail, a head or a letter more is another seal', async () => {
  expect(await open(ada.cookie)).not.toBeNull();
  for (const other of [
    `${value()}A`,
    value().slice(0, -1),
    value().slice(1),
    `A${value()}`,
    value().toUpperCase(),
  ])
    expect(await open(`reseal=${other}`)).toBeNull();
  const grace = new Browser(app.url);
  await grace.login('grace', 'hopper');
  expect((await open(grace.cookie))?.user.id).toBe('grace');
  expect((await open(ada.cookie))?.user.id).toBe('ada');
});

test('a letter other anywhere, in a seal of good shape, is another seal', async () => {
  expect(await open(ada.cookie)).not.toBeNull();
  for (const at of [-4, -20, -60, -120, -300]) {
    const letter = value().at(at) === 'A' ? 'E' : 'A';
    const other = value().slice(0, at) + letter + value().slice(at + 1);
    expect([at, await open(`reseal=${other}`)]).toEqual([at, null]);
  }
});

test('the cut between chunks does not matter to whom it leads', async () => {
  const first = await open(ada.cookie);
  expect(await open(`reseal.0=${value().slice(0, 50)}; reseal.1=${value().slice(50)}`)).toBe(first);
});

test('a failure is not remembered', async () => {
  const { sealsRejected } = app.runtime.metrics;
  const count = async () => (await sealsRejected.get()).values[0]?.value ?? 0;
  const before = await count();
  for (let tries = 0; tries < 3; tries += 1) await open(`reseal=${value().slice(0, -4)}AA~2`);
  expect((await count()) - before).toBe(3);
});

test('the idle deadline is checked on a seal that was opened before', async () => {
  expect((await ada.whoAmI()).status).toBe(200);
  clock.jump(14 * DAY_MS - 1);
  expect((await ada.whoAmI()).status).toBe(200);
  clock.jump(1);
  for (const path of ['/api/user', '/api/upstream/me']) {
    const response = await ada.call(path);
    expect([response.status, response.headers.getSetCookie()]).toEqual([401, []]);
    expect(await codeOf(response)).toBe('session_ended');
  }
  expect(await codeOf(await ada.refresh(1))).toBe('session_ended');
});

test('the absolute deadline is checked on a seal that was opened before, however often it was refreshed', async () => {
  for (let version = 1; version <= 2; version += 1) {
    clock.jump(13 * DAY_MS);
    expect((await ada.refresh(version)).status).toBe(200);
    expect((await ada.whoAmI()).status).toBe(200);
  }
  clock.jump(4 * DAY_MS);
  expect(await codeOf(await ada.whoAmI())).toBe('session_ended');
  expect(await codeOf(await ada.refresh(3))).toBe('session_ended');
});

test('a refresh of the last day gives no cookie that outlives the session', async () => {
  clock.jump(13 * DAY_MS);
  await ada.refresh(1);
  clock.jump(13 * DAY_MS);
  const response = await ada.refresh(2);
  for (const cookie of response.headers.getSetCookie()) expect(cookie).toContain(`Max-Age=${4 * 86_400};`);
});

test('a session that was ended elsewhere is ended for a seal that was opened before', async () => {
  const { cookie } = ada;
  expect((await ada.whoAmI()).status).toBe(200);
  await ada.logout();
  expect(await codeOf(await ada.whoAmI({ cookie }))).toBe('session_ended');
});

test('no more seals are remembered than the bound says', async () => {
  const { keyring, appUrl } = app.runtime.settings;
  const seals = createSessionCookies({ keyring, appUrl }, createMetrics(), 3);
  const cookies = [ada.cookie];
  for (const name of ['grace', 'alan', 'barbara']) {
    const browser = new Browser(app.url);
    await browser.login(name, 'x');
    cookies.push(browser.cookie);
  }
  const opened: (SealedSession | null)[] = [];
  for (const cookie of cookies) opened.push(await seals.open(cookie));
  for (const index of [3, 2, 1]) expect(await seals.open(cookies[index])).toBe(opened[index]);
  const again = await seals.open(cookies[0]);
  expect(again).not.toBe(opened[0]);
  expect(again).toEqual(opened[0]);
});
