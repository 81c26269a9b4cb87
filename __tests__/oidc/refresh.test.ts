import { codeOf, infoOf } from '../../testing/browser.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { oddAnswers, withoutRotation } from '../support/oddAnswers.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

let app: OidcApp;
let ada: OidcPerson;

beforeEach(async () => {
  app = await startOidcApp();
  ada = new OidcPerson(app.url, app.provider.url);
  await ada.login();
});
afterEach(() => app.close());

const tokenCalls = async () => (await app.provider.counts())['/token'] ?? 0;

/** Asks until the access token has died, as the resource server sees it. */
async function untilExpired(): Promise<Response> {
  for (;;) {
    const response = await ada.app.call('/api/upstream/notes');
    if (response.status === 401) return response;
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a session of a provider', () => {
  test('outlives its access token of five seconds: told once, refreshed once, and goes on', async () => {
    const dead = await untilExpired();
    expect(dead.headers.get('x-reseal-reason')).toBe('token_expired');
    expect(dead.headers.get('x-reseal-version')).toBe('1');
    const { session } = await infoOf(await ada.app.refresh(1));
    expect(session.version).toBe(2);
    expect(session.expiresInMs).toBeGreaterThan(3000);
    expect((await ada.app.call('/api/upstream/notes')).status).toBe(200);
    expect(ada.app.jar.has('reseal.1')).toBe(true);
  });

  test('is refreshed once by twenty callers at once, under strict reuse detection', async () => {
    const before = await tokenCalls();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ada.app.refresh(1)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect((await tokenCalls()) - before).toBe(1);
    // The family lives: the winner's token still refreshes.
    expect((await infoOf(await ada.app.refresh(2))).session.version).toBe(3);
    expect((await app.provider.counts())['grant.error']).toBeUndefined();
  });

  test('survives a lost answer: the old seal leads to the newest pair and presents nothing twice', async () => {
    const before = await tokenCalls();
    await ada.app.refresh(1, { loseCookies: true });
    expect((await infoOf(await ada.app.refresh(1))).session.version).toBe(2);
    expect((await tokenCalls()) - before).toBe(1);
  });

  test('ends when the provider says that its refresh token is dead', async () => {
    const seal = await app.runtime.cookies.open(ada.app.cookie);
    await app.runtime.issuer.revoke(seal!.pair, { signal: AbortSignal.timeout(5000) });
    expect(await codeOf(await ada.app.refresh(1))).toBe('session_ended');
    const calls = await tokenCalls();
    expect(await codeOf(await ada.app.refresh(1))).toBe('session_ended');
    expect(await tokenCalls()).toBe(calls);
  });

  test.each([
    ['answers 503', 503, '{}', 503],
    ['answers 429 with an OAuth error', 429, '{"error":"slow_down"}', 503],
    ['answers 500 with an OAuth error', 500, '{"error":"invalid_grant"}', 503],
    ['says that it is busy', 400, '{"error":"temporarily_unavailable"}', 503],
    ['answers rubbish', 200, '<html>', 503],
    ['answers without an access token', 200, '{"token_type":"Bearer"}', 503],
    ['refuses the app itself', 401, '{"error":"invalid_client"}', 500],
    ['does not know the grant', 400, '{"error":"unsupported_grant_type"}', 500],
    ['refuses the grant', 400, '{"error":"invalid_grant"}', 401],
  ])('where the provider %s, writes no cookie', async (_, status, body, expected) => {
    await app.provider.fault('/token', status, { times: 1, body });
    const response = await ada.app.refresh(1);
    expect(response.status).toBe(expected);
    expect(response.headers.getSetCookie()).toEqual([]);
    if (expected !== 401) expect((await ada.app.whoAmI()).status).toBe(200);
  });

  test('keeps the only copy of a new token, whatever nonsense came beside it', async () => {
    const body = { access_token: 'a2', refresh_token: 'r2', token_type: 'bearer', id_token: 'rubbish' };
    for (const [index, expires] of [-1, 'soon', null, {}, 1e300].entries()) {
      const answer = JSON.stringify({ ...body, expires_in: expires });
      await app.provider.fault('/token', 200, { times: 1, body: answer });
      const response = await ada.app.refresh(index + 1);
      expect((await infoOf(response)).session.version).toBe(index + 2);
    }
  });

  test('accepts every answer that carries an access token', async () => {
    const { issuer } = app.runtime;
    const refresh = (token: string) => issuer.refresh(token, { signal: AbortSignal.timeout(5000) });
    const good = { access_token: 'a2', refresh_token: 'r2', token_type: 'Bearer', expires_in: 60 };
    for (const { title, change, status = 200 } of oddAnswers) {
      await app.provider.fault('/token', status, {
        times: 1,
        body: JSON.stringify({ ...good, ...change }),
      });
      const answer = await refresh('r1');
      const pair = { accessToken: 'a2', refreshToken: 'r2' };
      expect([title, answer]).toMatchObject([title, { kind: 'granted', pair }]);
    }
    for (const { title, change } of withoutRotation) {
      await app.provider.fault('/token', 200, { times: 1, body: JSON.stringify({ ...good, ...change }) });
      const pair = { accessToken: 'a2', refreshToken: 'r1' };
      expect([title, await refresh('r1')]).toMatchObject([title, { kind: 'granted', pair }]);
    }
  });

  test.each([
    [400, '{"error":"interaction_required"}', 'interaction_required'],
    [400, '{"error":"login_required"}', 'login_required'],
    [400, '{"error":"invalid_request"}', 'invalid_request'],
    [403, '{"error":"access_denied"}', 'access_denied'],
    [400, '', undefined],
    [404, '<h1>Not found</h1>', undefined],
  ])(
    'that is answered %i %s has trouble of its own, and the next one has none',
    async (status, body, word) => {
      const grace = new OidcPerson(app.url, app.provider.url);
      await grace.login('grace');
      await app.provider.fault('/token', status, { times: 1, body });
      const rejected = await ada.app.refresh(1);
      expect([rejected.status, await codeOf(rejected)]).toEqual([503, 'upstream_unavailable']);
      expect((await infoOf(await grace.app.refresh(1))).session.version).toBe(2);
      const said = word
        ? `answered ${status} with the error ${word}`
        : `answered ${status} without an OAuth error`;
      expect(app.logged()).toContain(said);
      expect(app.logged()).toContain('"endpoint":"token"');
    },
  );

  test('waits for a provider that hangs no longer than the timeout, and then goes on', async () => {
    const other = await startOidcApp({}, { env: { REFRESH_TIMEOUT_MS: '300' } });
    const person = new OidcPerson(other.url, other.provider.url);
    await person.login();
    await other.provider.fault('/token', 0, { times: 1 });
    expect((await person.app.refresh(1)).status).toBe(503);
    expect((await person.app.whoAmI()).status).toBe(200);
    await other.close();
  });
});

describe('a logout', () => {
  test('ends the session here, revokes at the provider and names where the provider ends its own', async () => {
    const { cookie } = ada.app;
    const response = await ada.app.logout();
    expect(response.status).toBe(204);
    expect(ada.app.jar.size).toBe(0);
    expect(await codeOf(await ada.app.whoAmI({ cookie }))).toBe('session_ended');
    expect((await app.provider.counts())['/token/revocation']).toBe(1);
    const end = new URL(response.headers.get('x-reseal-end-session') ?? '');
    expect(end.origin).toBe(app.provider.url);
    expect(end.searchParams.get('post_logout_redirect_uri')).toBe(`${app.url}/login`);
  });

  test('followed to the provider ends its session too: the next login asks who it is', async () => {
    const end = new URL((await ada.app.logout()).headers.get('x-reseal-end-session') ?? '');
    const page = await (await ada.provider.call(end.pathname + end.search)).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const confirmed = await ada.provider.call('/session/end/confirm', {
      method: 'POST',
      body: new URLSearchParams({ xsrf, logout: 'yes' }),
    });
    expect(confirmed.headers.get('location')).toBe(`${app.url}/login`);
    await ada.login('grace');
    expect((await infoOf(await ada.app.whoAmI())).user.id).toBe('grace');
  });

  test('works while the provider is down, and revokes behind', async () => {
    await app.provider.fault('/token/revocation', 503, { times: 1 });
    expect((await ada.app.logout()).status).toBe(204);
    expect(ada.app.jar.size).toBe(0);
    while ((await app.provider.counts())['/token/revocation'] !== 2)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await app.provider.counts())['grant.revoked']).toBe(1);
  });
});
