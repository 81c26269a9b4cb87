import type { Hooks, ResealOptions } from '../../server/index.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { deferred } from '../support/deferred.ts';
import { until } from '../../testing/until.ts';
import { startHost, type Host } from './doors.ts';

// A hook that hangs is given up after its bound, in real time, once for each call of it.
jest.setTimeout(20_000);

let host: Host;
let ada: Browser;

async function start(reseal: ResealOptions): Promise<void> {
  host = await startHost({ reseal });
  ada = new Browser(host.url);
}
afterEach(() => host.close());

const login = () =>
  ada.call('/api/login', { method: 'POST', json: { username: 'ada', password: 'lovelace' } });

/** Twenty callers over a dead token, with these hooks. */
async function refreshOnce(): Promise<void> {
  host.upstream.expireAccessTokens();
  const answers = await Promise.all(Array.from({ length: 20 }, () => ada.refresh(1, { loseCookies: true })));
  for (const answer of answers) expect((await infoOf(answer)).session.version).toBe(2);
  expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
}

test('claims and onLogin add to the user, seal it, and cannot change its id', async () => {
  await start({
    claims: (_idToken, { id }) => ({ roles: [`role of ${String(id)}`], id: 'another' }),
    hooks: { onLogin: () => ({ user: { plan: 'pro' } }) },
  });
  await login();
  const user = { id: 'user-ada', roles: ['role of user-ada'], plan: 'pro' };
  expect(await infoOf(await ada.whoAmI())).toMatchObject({ user });
  expect(await infoOf(await ada.refresh(1))).toMatchObject({ user });
});

test('a login that onLogin refuses writes no cookie, and its tokens are revoked', async () => {
  await start({ hooks: { onLogin: () => ({ refuse: true }) } });
  const answer = await login();
  expect([answer.status, await codeOf(answer), answer.headers.getSetCookie()]).toEqual([
    403,
    'login_refused',
    [],
  ]);
  await until(() => host.upstream.stats().revocations === 1, { what: 'the revocation' });
});

test('onRefresh and onEnd hear of each refresh and of a logout once', async () => {
  const heard: unknown[] = [];
  await start({
    hooks: {
      onRefresh: ({ version }) => void heard.push(['refresh', version]),
      onEnd: ({ reason }) => void heard.push(['end', reason]),
    },
  });
  await login();
  await refreshOnce();
  await ada.logout();
  expect(heard).toEqual([
    ['refresh', 2],
    ['end', 'logout'],
  ]);
});

describe.each<[string, () => never | Promise<never>]>([
  [
    'throws',
    () => {
      throw new Error('a hook of the test');
    },
  ],
  ['rejects', () => Promise.reject(new Error('a hook of the test'))],
  ['hangs', () => deferred<never>().promise],
])('a hook that %s', (_what, fail) => {
  const hooks: Hooks = { onLogin: fail, onRefresh: fail, onEnd: fail };

  test('costs no login, no session and no second refresh', async () => {
    await start({ hooks, claims: fail });
    expect((await login()).status).toBe(200);
    await refreshOnce();
    expect((await ada.logout()).status).toBe(204);
    expect(host.logged()).toMatch(/a hook of the host app (failed|did not finish in time)/);
    expect(host.logged()).not.toContain('a hook of the test');
  });

  test('refuses a login where onLoginFailure says so', async () => {
    await start({ hooks: { ...hooks, onLoginFailure: 'refuse' } });
    expect(await codeOf(await login())).toBe('login_refused');
  });
});
