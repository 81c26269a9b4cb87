import { parseSetCookie } from 'cookie';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { grantingIssuer, pairOf, startSignedInApp } from '../../support/signedInApp.ts';

let app: AppWithUpstream;
let ada: Browser;

const start = async (env: Record<string, string> = {}) => {
  app = await startAppWithUpstream({}, { env });
  ada = new Browser(app.url);
};
afterEach(() => app.close());

const signIn = () =>
  ada.call('/api/login', { method: 'POST', json: { username: 'ada', password: 'lovelace' } });

describe.each([
  { on: 'http', env: {}, names: ['reseal', 'reseal_hint'] },
  {
    on: 'https',
    env: { APP_URL: 'https://app.example' },
    names: ['__Host-Http-reseal', '__Host-reseal_hint'],
  },
  { on: 'http', env: { COOKIE_NAME: 'shop' }, names: ['shop', 'shop_hint'] },
  {
    on: 'https',
    env: { APP_URL: 'https://app.example', COOKIE_NAME: 'shop' },
    names: ['__Host-Http-shop', '__Host-shop_hint'],
  },
])('on $on, called $names.0', ({ on, env, names: [sealName = '', hintName = ''] }) => {
  beforeEach(() => start(env));

  const check = (response: Response, maxAge: unknown) => {
    const cookies = response.headers.getSetCookie().map((line) => parseSetCookie(line));
    const common = { path: '/', sameSite: 'strict', maxAge, ...(on === 'https' ? { secure: true } : {}) };
    // No Domain, no Expires: an exact list of attributes.
    expect(cookies).toEqual([
      { ...common, name: sealName, value: expect.any(String), httpOnly: true },
      { ...common, name: hintName, value: expect.any(String) },
    ]);
    return cookies.map(({ value }) => value);
  };

  test('a login writes the seal and its hint with exactly these attributes', async () => {
    const response = await signIn();
    const { session } = await response.json();
    const [seal, hint] = check(response, 14 * 86_400);
    expect(seal).toMatch(/^Fe26\.2\*/);
    expect(hint).toBe(`${session.id}.1`);
  });

  test('a refresh writes both, the hint with the new version, for no longer than the session may live', async () => {
    const { session } = await (await signIn()).json();
    const [, hint] = check(await ada.refresh(1), expect.any(Number));
    expect(hint).toBe(`${session.id}.2`);
    expect((await ada.whoAmI()).status).toBe(200);
  });

  test('a logout clears both with the attributes they were set with, had the browser any or not', async () => {
    await signIn();
    expect(check(await ada.logout(), 0)).toEqual(['', '']);
    expect(check(await ada.logout(), 0)).toEqual(['', '']);
  });

  test('the cookie of the other scheme is no session', async () => {
    await signIn();
    const other = on === 'https' ? sealName.replace('__Host-Http-', '') : `__Host-Http-${sealName}`;
    const response = await ada.whoAmI({ cookie: `${other}=${ada.jar.get(sealName)}` });
    expect(response.headers.get('x-reseal-reason')).toBe('no_session');
  });
});

test('a cookie of our name that a page below a path planted hides neither the seal nor its chunks', async () => {
  await start();
  await ada.login();
  const { cookie } = ada;
  for (const planted of ['reseal=planted', 'reseal=', `reseal=Fe26.2*${'A'.repeat(200)}`, 'reseal.0=planted'])
    for (const header of [`${planted}; ${cookie}`, `${cookie}; ${planted}`])
      expect([header.slice(0, 20), (await ada.whoAmI({ cookie: header })).status]).toEqual([
        header.slice(0, 20),
        200,
      ]);

  const large = await startSignedInApp(() => undefined, {
    parts: { issuer: grantingIssuer({ login: async () => ({ kind: 'granted', pair: pairOf({ accessToken: 'a'.repeat(3000) }), user: { id: 'u', name: 'U' } }) }) },
  }); // prettier-ignore
  expect(large.ada.jar.has('reseal.1')).toBe(true);
  for (const planted of ['reseal=planted', 'reseal.0=planted', 'reseal.1=planted; reseal.0=planted'])
    expect((await large.ada.whoAmI({ cookie: `${planted}; ${large.ada.cookie}` })).status).toBe(200);
  await large.close();
});

test('only login, logout and a successful refresh write cookies', async () => {
  await start();
  app.upstream.setOptions({ faults: { login: [{ kind: 'status503', times: 1 }] } });
  const silent: (() => Promise<Response>)[] = [
    () => signIn(),
    () => ada.call('/api/login', { method: 'POST', json: { username: 'ada', password: 'wrong' } }),
    () => ada.whoAmI(),
    () => ada.refresh(),
    () => ada.call('/api/health'),
    () => ada.call('/api/metrics'),
  ];
  for (const call of silent) expect((await call()).headers.getSetCookie()).toEqual([]);

  await ada.login();
  const before = ada.cookie;
  app.upstream.setOptions({ faults: { refresh: [{ kind: 'status503', times: 1 }] } });
  for (const call of [
    () => ada.whoAmI(),
    () => ada.refresh(1),
    () => ada.call('/api/upstream/me'),
    () => ada.call('/api/upstream/echo/set-cookie'),
    () => ada.call('/api/upstream/notes', { method: 'POST', json: { text: 'x' } }),
    () => ada.call('/api/upstream/nowhere'),
    () => ada.call('/api/health'),
  ])
    expect((await call()).headers.getSetCookie()).toEqual([]);
  app.upstream.expireAccessTokens();
  expect((await ada.call('/api/upstream/me')).headers.getSetCookie()).toEqual([]);
  expect(ada.cookie).toBe(before);
});

test('a refused refresh leaves the cookies as they are, byte for byte', async () => {
  await start({ REFRESH_TIMEOUT_MS: '1000' });
  await ada.login();
  app.upstream.setOptions({ faults: { refresh: [{ kind: 'invalidClient', times: 1 }] } });
  const misconfigured = await ada.refresh(1);
  expect([misconfigured.status, misconfigured.headers.getSetCookie()]).toEqual([500, []]);
  const browser = new Browser(app.url);
  browser.jar.set('reseal', ada.jar.get('reseal') ?? '');
  await ada.logout();
  const ended = await browser.refresh(1);
  expect([ended.status, ended.headers.getSetCookie()]).toEqual([401, []]);
});
