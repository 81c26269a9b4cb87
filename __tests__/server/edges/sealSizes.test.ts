import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';

let app: AppWithUpstream;
let ada: Browser;

beforeEach(async () => {
  app = await startAppWithUpstream();
  ada = new Browser(app.url);
});
afterEach(() => app.close());

const pad = (accessTokenPadBytes: number) => app.upstream.setOptions({ accessTokenPadBytes });
const sealed = () => [...ada.jar.keys()].filter((name) => name !== 'reseal_hint').toSorted();
const bytes = () => [...ada.jar].reduce((sum, [name, value]) => sum + name.length + value.length + 3, 0);
const versionOf = async (response: Response) => (await infoOf(response)).session.version;

/** Padding for seals of about 6 and 2 KB; base64 of the JWT and of the seal around it each add a third. */
const MANY = 2600;
const FEW = 450;

test('a payload that grows past one cookie and shrinks again leaves no chunk behind', async () => {
  pad(FEW);
  await ada.login();
  expect(sealed()).toEqual(['reseal']);
  expect(bytes()).toBeGreaterThan(1900);
  expect(bytes()).toBeLessThan(2300);
  pad(MANY);
  expect(await versionOf(await ada.refresh(1))).toBe(2);
  expect(sealed()).toEqual(['reseal.0', 'reseal.1']);
  expect(bytes()).toBeGreaterThan(5800);
  expect(bytes()).toBeLessThan(6300);
  expect(await versionOf(await ada.whoAmI())).toBe(2);
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
  pad(FEW);
  expect(await versionOf(await ada.refresh(2))).toBe(3);
  expect(sealed()).toEqual(['reseal']);
  expect(await versionOf(await ada.whoAmI())).toBe(3);
});

test('a logout and a new login clear every chunk', async () => {
  pad(MANY);
  await ada.login();
  const { cookie } = ada;
  await ada.logout();
  expect(ada.jar.size).toBe(0);
  expect(await codeOf(await ada.whoAmI({ cookie }))).toBe('session_ended');
  await ada.login();
  pad(FEW);
  await ada.login();
  expect(sealed()).toEqual(['reseal']);
});

test('a chunk that is missing, swapped, reordered or stale names no session, never a 500, and the whole is good again', async () => {
  pad(MANY);
  await ada.login();
  const { '0': old0, '1': old1 } = chunks();
  await ada.refresh(1);
  const { '0': new0, '1': new1 } = chunks();
  const grace = new Browser(app.url);
  await grace.login('grace', 'hopper');
  const foreign = grace.jar.get('reseal.1');
  for (const cookie of [
    `reseal.0=${new0}`,
    `reseal.1=${new1}`,
    `reseal.1=${new0}; reseal.0=${new1}`,
    `reseal.0=${new0}; reseal.1=${old1}`,
    `reseal.0=${old0}; reseal.1=${new1}`,
    `reseal.0=${new0}; reseal.1=${foreign}`,
    `reseal.0=${new0}; reseal.1=${new1}; reseal.2=${old1}`,
    `reseal.0=${new0}; reseal.2=${new1}`,
    `reseal.0=${new0}; reseal.1=`,
    `reseal.0=${new0}${new1}x`,
  ]) {
    const response = await ada.whoAmI({ cookie });
    expect([response.status, response.headers.getSetCookie()]).toEqual([401, []]);
    expect(await codeOf(response)).toBe('no_session');
  }
  expect(await versionOf(await ada.whoAmI({ cookie: `reseal.1=${new1}; x=y; reseal.0=${new0}` }))).toBe(2);
});

test('an older answer that arrives last, chunked or not, still leads to the newest pair', async () => {
  pad(FEW);
  await ada.login();
  pad(MANY);
  const chunked = await ada.refresh(1, { loseCookies: true });
  pad(FEW);
  await ada.refresh(2);
  ada.store(chunked);
  expect(sealed()).toEqual(['reseal.0', 'reseal.1']);
  expect(await versionOf(await ada.whoAmI())).toBe(3);
  pad(MANY);
  await ada.refresh(3);
  expect(await versionOf(await ada.whoAmI())).toBe(4);
});

test('a chunk of an answer that was lost on the way is not left behind a new seal', async () => {
  pad(MANY);
  await ada.login();
  const stale = { ...Object.fromEntries(ada.jar) };
  pad(MANY);
  const refreshed = await ada.refresh(1, { loseCookies: true });
  // The browser holds more chunks than the request brought when the answer arrives.
  ada.jar.set('reseal.2', stale['reseal.1'] ?? '');
  ada.jar.set('reseal.3', 'stale');
  ada.store(refreshed);
  expect(sealed()).toEqual(['reseal.0', 'reseal.1']);
  expect(await versionOf(await ada.whoAmI())).toBe(2);
});

test('a login whose tokens pass what a header takes is a clear error, and its tokens are given back', async () => {
  pad(6000);
  const response = await ada.call('/api/login', {
    method: 'POST',
    json: { username: 'ada', password: 'lovelace' },
  });
  expect([response.status, response.headers.getSetCookie()]).toEqual([500, []]);
  expect(await codeOf(response)).toBe('session_too_large');
  expect(app.upstream.stats().revocations).toBe(1);
});

test('a login that fails so ends nothing: the session before it lives on', async () => {
  await ada.login();
  pad(6000);
  await ada.call('/api/login', { method: 'POST', json: { username: 'ada', password: 'lovelace' } });
  expect((await ada.whoAmI()).status).toBe(200);
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
});

test('a refresh whose tokens pass what a header takes loses nothing: the old seal leads to the new pair', async () => {
  await ada.login();
  const before = ada.cookie;
  pad(6000);
  const response = await ada.refresh(1);
  expect([response.status, response.headers.getSetCookie()]).toEqual([500, []]);
  expect(await codeOf(response)).toBe('session_too_large');
  expect(ada.cookie).toBe(before);
  expect(await versionOf(await ada.whoAmI())).toBe(2);
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
  pad(FEW);
  expect(await versionOf(await ada.refresh(2))).toBe(3);
  expect(app.upstream.stats()).toMatchObject({ refreshCalls: 2, reuseDetections: 0 });
});

function chunks(): Record<string, string | undefined> {
  return { 0: ada.jar.get('reseal.0'), 1: ada.jar.get('reseal.1') };
}
