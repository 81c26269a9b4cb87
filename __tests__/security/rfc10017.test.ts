import { startApp, startAppWithUpstream, type App, type AppWithUpstream } from '../support/app.ts';
import { Browser, codeOf } from '../../testing/browser.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { oidcEnv } from '../support/testProvider.ts';

/*
 * RFC 10017, the Backend For Frontend pattern, clause by clause; docs/rfc10017.md is the table, and says whose section
 * numbers these are. What another suite shows in full is shown here in one example, so that each clause has its line.
 */

jest.setTimeout(60_000);

let oidc: OidcApp;
let ada: OidcPerson;
let https: AppWithUpstream;

beforeAll(async () => {
  oidc = await startOidcApp({ accessTtlSeconds: 600 });
  https = await startAppWithUpstream({}, { env: { APP_URL: 'https://app.example' } });
});
afterAll(async () => {
  await oidc.close();
  await https.close();
});
beforeEach(async () => {
  ada = new OidcPerson(oidc.url, oidc.provider.url);
  await ada.login();
});

const others: App[] = [];
afterEach(async () => {
  for (const app of others.splice(0)) await app.close();
});

/** Keeps an app for one test; whatever becomes of that test, it is closed. */
async function forThisTest<A extends App>(starting: Promise<A>): Promise<A> {
  const app = await starting;
  others.push(app);
  return app;
}

/** Another app before the same provider. */
const startBeside = (env: Record<string, string>) =>
  forThisTest(startApp(`${oidc.provider.url}/resource`, { env: { ...oidcEnv(oidc.provider), ...env } }));

async function secureCookies(): Promise<string[]> {
  const json = { username: 'ada', password: 'lovelace' };
  const answer = await new Browser(https.url).call('/api/login', { method: 'POST', json });
  return answer.headers.getSetCookie();
}

describe('MUST', () => {
  test('§6.1.3.1a: the backend is a confidential client: without its secret the provider gives it nothing', async () => {
    const env = { OIDC_ISSUER: oidc.provider.url, OIDC_CLIENT_SECRET: 'wrong' };
    const other = await forThisTest(startOidcApp({}, { env }));
    await oidc.provider.configure({ appUrl: other.url, accessTtlSeconds: 600 });
    const person = new OidcPerson(other.url, oidc.provider.url);
    expect(await person.login()).toMatch(/problem=login_misconfigured/);
    await oidc.provider.configure({ appUrl: oidc.url, accessTtlSeconds: 600 });
  });

  test('§6.1.3.1b: tokens come by the authorization code grant, with PKCE', async () => {
    const { searchParams } = await ada.begin();
    expect(searchParams.get('response_type')).toBe('code');
    expect(searchParams.get('code_challenge_method')).toBe('S256');
  });

  test('§7.3: no credentials pass through the app: there is no password grant to ask for', async () => {
    const json = { username: 'ada', password: 'lovelace' };
    expect((await ada.app.call('/api/login', { method: 'POST', json })).status).toBe(405);
  });

  test('§6.1.3.2a: the session’s cookie is Secure and HttpOnly', async () => {
    const seal = (await secureCookies()).filter((cookie) => !cookie.includes('hint'));
    expect(seal.length).toBeGreaterThan(0);
    for (const cookie of seal) expect(cookie).toMatch(/(?=.*; HttpOnly)(?=.*; Secure)/);
  });

  test('§6.1.3.2b: so is the cookie of a login under way', async () => {
    const app = await startBeside({ APP_URL: 'https://app.example' });
    const [cookie] = (
      await new OidcPerson(app.url, oidc.provider.url).visit('/api/login')
    ).headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-Http-reseal_login_[\w-]+=.*(?=.*; HttpOnly)(?=.*; Secure)/);
  });

  test('§6.1.3.3: a request that a page of another origin began is refused, the sister site’s too', async () => {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: oidc.url.replace(/:(\d+)$/, ':1') },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ]) {
      const answer = await ada.app.call('/api/logout', { method: 'POST', headers });
      expect([headers, await codeOf(answer)]).toEqual([headers, 'csrf_rejected']);
    }
    expect((await ada.app.whoAmI()).status).toBe(200);
  });

  test('§6.1.3.3.2a: the static header is demanded of every request, reads too', async () => {
    for (const [method, path] of [
      ['GET', '/api/user'],
      ['POST', '/api/user'],
      ['POST', '/api/logout'],
      ['GET', '/api/upstream/notes'],
    ] as const) {
      const answer = await ada.app.call(path, { method, headers: { 'X-Reseal': '' } });
      expect([path, answer.status, await codeOf(answer)]).toEqual([path, 403, 'csrf_rejected']);
    }
  });

  test('§6.1.3.3.2b: no cross-origin access is granted that would undo it', async () => {
    const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' };
    const answer = await ada.app.call('/api/user', { method: 'OPTIONS', headers });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.ok).toBe(false);
  });

  test('§6.1.3.6: only listed hosts and paths are forwarded to, decided before anything is sent', async () => {
    const before = (await oidc.provider.counts())['/resource/secret'];
    for (const path of [
      '/secret',
      '/notes/../secret',
      '//evil.example/notes',
      '/http://evil.example/',
      '/notes%2f..%2fsecret',
    ])
      expect((await ada.app.call(`/api/upstream${path}`)).status).toBe(404);
    expect((await oidc.provider.counts())['/resource/secret']).toBe(before);
  });

  test('§6.3.2.2: the answer to a login is bound to the browser that began it', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    const other = new OidcPerson(oidc.url, oidc.provider.url);
    expect(await other.comeBack(back)).toMatch(/problem=login_expired/);
  });

  test('§6.3.3.2.1: the redirect address is the registered one, whatever host a request names', async () => {
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'Sec-Fetch-Site': 'same-origin',
    };
    const answer = await ada.app.call('/api/login?returnTo=//evil.example', { headers });
    const asked = new URL(answer.headers.get('location') ?? '');
    expect(asked.searchParams.get('redirect_uri')).toBe(`${oidc.url}/api/callback`);
  });

  test('§9.3: an answer that names another issuer is refused (mix-up, RFC 9207)', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    back.searchParams.set('iss', 'https://evil.example');
    expect(await ada.comeBack(back)).toMatch(/problem=login_failed/);
  });
});

describe('SHOULD', () => {
  test('§6.1.3.2c: the session’s cookie is SameSite=Strict, for Path=/, without a Domain', async () => {
    for (const cookie of await secureCookies()) {
      expect(cookie).toMatch(/(?=.*; SameSite=Strict)(?=.*; Path=\/(;|$))/);
      expect(cookie).not.toMatch(/; Domain/i);
    }
  });

  test('§6.1.3.2d: its name starts with __Host-Http-, the readable hint’s with __Host-', async () => {
    const names = (await secureCookies()).map((cookie) => cookie.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['__Host-Http-reseal', '__Host-reseal_hint']));
    expect(names.every((name) => /^__Host-(Http-reseal(\.\d)?|reseal_hint)$/.test(name ?? ''))).toBe(true);
  });

  test('§6.1.3.2e: what the cookie holds is encrypted and authenticated', async () => {
    const value = ada.app.jar.get('reseal.0') ?? '';
    expect(value).toMatch(/^Fe26\.2\*/);
    ada.app.jar.set('reseal.0', value.slice(0, -1) + (value.endsWith('A') ? 'B' : 'A'));
    expect(await codeOf(await ada.app.whoAmI())).toBe('no_session');
  });
});

describe('the pattern itself, and advice without a keyword', () => {
  test('§6.1: no token ever reaches the browser but sealed', async () => {
    const { pair } = (await oidc.runtime.cookies.open(ada.app.cookie))!;
    const answers = [
      await ada.app.whoAmI(),
      await ada.app.refresh(1),
      await ada.app.call('/api/upstream/notes?x'),
    ];
    for (const answer of answers.slice(0, 2)) {
      const text = JSON.stringify([...answer.headers]) + (await answer.text());
      expect(text).not.toContain(pair.accessToken.slice(-40));
      expect(text).not.toContain(pair.refreshToken);
    }
    expect(answers[2]!.headers.get('authorization')).toBeNull();
    for (const value of ada.app.jar.values()) expect(value).not.toContain(pair.accessToken.slice(-40));
  });

  test('§6.1.1a: the session’s cookie goes to no resource server, and the bearer to no other host', async () => {
    const { headers } = (await (await ada.app.call('/api/upstream/notes')).json()) as { headers: object };
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-reseal');
    expect(headers).toHaveProperty('authorization');
  });

  test('§6.1.1b: the return trip works with Strict cookies: a Lax transaction and a hop of the same site', async () => {
    const answer = await ada.visit('/api/login');
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^reseal_login_[\w-]+=.*(?=.*; HttpOnly)(?=.*; SameSite=Lax)/);
    const back = await ada.answer(new URL(answer.headers.get('location') ?? ''), 'ada');
    const hop = await ada.visit(back.pathname + back.search, 'cross-site');
    expect(await hop.text()).toContain('http-equiv="refresh"');
  });

  test('§6.1.2.1a: the app may ask who is signed in, and is told without a call to the provider', async () => {
    const before = await oidc.provider.counts();
    expect((await ada.app.whoAmI()).status).toBe(200);
    expect(await oidc.provider.counts()).toEqual(before);
  });

  test('§6.1.2.1b: a logout revokes the refresh token, and names where the provider logs out', async () => {
    const before = (await oidc.provider.counts())['/token/revocation'] ?? 0;
    const answer = await ada.app.logout();
    expect((await oidc.provider.counts())['/token/revocation']).toBe(before + 1);
    expect(answer.headers.get('x-reseal-end-session')).toContain('/session/end');
  });

  test('§6.1.2.2a: the session ends when the refresh token is learnt to be dead', async () => {
    const seal = await oidc.runtime.cookies.open(ada.app.cookie);
    await oidc.runtime.issuer.revoke(seal!.pair, { signal: AbortSignal.timeout(5000) });
    expect(await codeOf(await ada.app.refresh(1))).toBe('session_ended');
    expect(await codeOf(await ada.app.whoAmI())).toBe('session_ended');
  });

  test('§6.1.2.2b: no session outlives its absolute end, however often it was refreshed', async () => {
    const other = await forThisTest(startAppWithUpstream({}, { env: { SESSION_MAX_SECONDS: '1' } }));
    const person = new Browser(other.url);
    const { session } = await person.login();
    expect(session.endsInMs).toBeLessThanOrEqual(1000);
    while ((await person.whoAmI()).status === 200) await person.refresh();
    expect(await codeOf(await person.whoAmI())).toBe('session_ended');
  });

  test('§6.1.2.3: a seal is not a right: of an ended session it opens nothing, though no one changed it', async () => {
    const { cookie } = ada.app;
    await ada.app.logout();
    expect(await codeOf(await ada.app.call('/api/upstream/notes', { cookie }))).toBe('session_ended');
  });

  test('§6.1.3.5: the resource server is told for whom a request comes, and a caller cannot say it', async () => {
    const answer = await ada.app.call('/api/upstream/notes', {
      headers: { 'X-Forwarded-For': '203.0.113.7' },
    });
    const { headers } = (await answer.json()) as { headers: Record<string, string> };
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('§9.1: the operator can ask for tokens of one audience only', async () => {
    const app = await startBeside({ OIDC_PARAMS: 'audience=https://api.example&resource=urn:notes' });
    const { searchParams } = await new OidcPerson(app.url, oidc.provider.url).begin();
    expect(searchParams.get('audience')).toBe('https://api.example');
    expect(searchParams.get('resource')).toBe('urn:notes');
    expect(searchParams.get('response_type')).toBe('code');
  });
});
