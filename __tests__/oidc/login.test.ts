import { startAppWithUpstream } from '../support/app.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

let app: OidcApp;
let ada: OidcPerson;

beforeAll(async () => {
  app = await startOidcApp();
});
afterAll(() => app.close());
beforeEach(() => {
  ada = new OidcPerson(app.url, app.provider.url);
});

describe('a login at a provider', () => {
  test('leads to where the person wanted to go, with a session whose seal is chunked', async () => {
    expect(await ada.login('ada', '/session?tab=2')).toBe('/session?tab=2');
    const { user, session } = await infoOf(await ada.app.whoAmI());
    expect(user).toEqual({
      id: 'ada',
      name: 'ada of the provider',
      email: 'ada@example.org',
      preferred_username: 'ada',
    });
    expect(session).toMatchObject({ version: 1 });
    expect([...ada.app.jar.keys()]).toEqual(expect.arrayContaining(['reseal.0', 'reseal.1', 'reseal_hint']));
    expect(ada.openLogins).toEqual([]);
  });

  test('reaches the API behind with the bearer of the provider', async () => {
    await ada.login();
    const answer = await ada.app.call('/api/upstream/notes');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ sub: 'ada', url: '/resource/notes' });
  });

  test('over a session of the same person leaves the new one alive at a provider that keeps one grant for both', async () => {
    await ada.login();
    const before = new Map(ada.app.jar);
    await ada.login();
    const revocations = (await app.provider.counts())['/token/revocation'] ?? 0;
    expect((await ada.app.refresh(1)).status).toBe(200);
    expect((await app.provider.counts())['/token/revocation'] ?? 0).toBe(revocations);
    const cookie = [...before].map(([name, value]) => `${name}=${value}`).join('; ');
    expect(await codeOf(await ada.app.whoAmI({ cookie }))).toBe('session_ended');
  });

  test('asks for a code with PKCE, state, nonce and consent, all new each time', async () => {
    const [first, second] = [await ada.begin(), await ada.begin()];
    expect(Object.fromEntries(first.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'reseal',
      redirect_uri: `${app.url}/api/callback`,
      code_challenge_method: 'S256',
      prompt: 'consent',
      scope: 'openid profile email offline_access',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(first.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
    }
  });

  test('keeps neither ID token, claims it has no use for, nor provider secrets in the seal', async () => {
    await ada.login();
    const seal = await app.runtime.cookies.open(ada.app.cookie);
    expect(Object.keys(seal!).sort()).toEqual(
      ['boxKey', 'createdAtMs', 'epoch', 'id', 'pair', 'sid', 'user', 'version'].sort(),
    );
    // Header and payload of one JWT, the access token.
    expect(JSON.stringify(seal).match(/eyJ/g)).toHaveLength(2);
  });

  test.each([
    ['Sec-Purpose', 'prefetch'],
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Purpose', 'prefetch'],
    ['X-Moz', 'prefetch'],
    ['Next-Router-Prefetch', '1'],
    ['X-Middleware-Prefetch', '1'],
  ])('is not begun by a prefetch (%s: %s)', async (name, value) => {
    const response = await ada.app.call('/api/login', { headers: { [name]: value } });
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test.each(['cross-site', 'same-site'])('is not begun by a %s navigation, session or not', async (site) => {
    await ada.login();
    const before = ada.app.cookie;
    const response = await ada.app.call('/api/login?returnTo=/session', {
      headers: { 'Sec-Fetch-Site': site },
    });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/login?returnTo=%2Fsession');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(ada.app.cookie).toBe(before);
    expect((await ada.app.whoAmI()).status).toBe(200);
  });

  test('comes back through a page of ours, which spends nothing and writes no cookie', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    const page = await ada.visit(back.pathname + back.search, 'cross-site');
    expect(page.status).toBe(200);
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await ada.comeBack(back)).toBe('/notes');
  });

  test('thirty times abandoned keeps the Cookie header under 8 KB beside a living session', async () => {
    await ada.login();
    for (let time = 0; time < 30; time += 1) await ada.begin(`/notes?q=${'x'.repeat(150)}`);
    expect(ada.cookieBytes).toBeLessThan(8192);
    expect(ada.openLogins.length).toBeLessThanOrEqual(4);
    expect(await ada.login()).toBe('/notes');
  });

  test('double-clicked works with the answer to either click, and the second session takes the place of the first', async () => {
    const first = await ada.begin('/notes');
    const second = await ada.begin('/session');
    const late = await ada.answer(first, 'ada');
    expect(await ada.comeBack(late)).toBe('/notes');
    const before = ada.app.cookie;
    expect(await ada.comeBack(await ada.answer(second, 'ada'))).toBe('/session');
    expect((await ada.app.whoAmI()).status).toBe(200);
    expect((await ada.app.whoAmI({ cookie: before })).status).toBe(401);
  });

  test('as another person ends the session that the jar held, under a new id', async () => {
    await ada.login('ada');
    const adas = ada.app.cookie;
    const before = await infoOf(await ada.app.whoAmI());
    ada.provider.jar.clear();
    expect(await ada.login('grace')).toBe('/notes');
    const after = await infoOf(await ada.app.whoAmI());
    expect(after.user.id).toBe('grace');
    expect(after.session.id).not.toBe(before.session.id);
    expect(await codeOf(await ada.app.whoAmI({ cookie: adas }))).toBe('session_ended');
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/api/logout',
    'javascript:alert(1)',
  ])('leads to /notes and nowhere else for returnTo=%s', async (returnTo) => {
    expect(await ada.login('ada', returnTo)).toBe('/notes');
  });

  test('whose way back is too long to keep leads to /notes, and keeps its cookie small', async () => {
    expect(await ada.begin(`/notes?q=${'x'.repeat(5000)}`)).toBeInstanceOf(URL);
    expect(ada.cookieBytes).toBeLessThan(1100);
    expect(await ada.login('ada', `/notes?q=${'x'.repeat(5000)}`)).toBe('/notes');
  });

  test('by name and password is not offered beside it', async () => {
    const response = await ada.app.call('/api/login', {
      method: 'POST',
      json: { username: 'ada', password: 'x' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });
});

describe('without a provider', () => {
  test('the routes of one are not there', async () => {
    const other = await startAppWithUpstream();
    const browser = new Browser(other.url);
    expect((await browser.call('/api/login')).status).toBe(405);
    expect((await browser.call('/api/callback?code=x&state=y')).status).toBe(404);
    expect((await browser.call('/api/backchannel-logout', { method: 'POST' })).status).toBe(404);
    await other.close();
  });
});

describe('a provider that cannot be found', () => {
  test('is asked again at the next login: a failed discovery is not kept', async () => {
    const other = await startOidcApp();
    const person = new OidcPerson(other.url, other.provider.url);
    await other.provider.fault('/.well-known/openid-configuration', 503, { times: 1 });
    const response = await person.visit('/api/login?returnTo=/session');
    expect(response.headers.get('location')).toBe('/login?problem=provider_unavailable&returnTo=%2Fsession');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await person.login('ada', '/session')).toBe('/session');
    await person.login();
    // Found once, and kept.
    expect((await other.provider.counts())['/.well-known/openid-configuration']).toBe(2);
    await other.close();
  });

  test('that calls itself by another name is our operator’s business', async () => {
    const other = await startOidcApp();
    const body = JSON.stringify({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/jwks' });
    await other.provider.fault('/.well-known/openid-configuration', 200, { body });
    const response = await new OidcPerson(other.url, other.provider.url).visit('/api/login');
    expect(response.headers.get('location')).toBe('/login?problem=login_misconfigured&returnTo=%2Fnotes');
    await other.close();
  });
});
