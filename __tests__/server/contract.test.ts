import { startAppWithUpstream, type AppWithUpstream } from '../support/app.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';

let app: AppWithUpstream;
let ada: Browser;

beforeEach(async () => {
  app = await startAppWithUpstream();
  ada = new Browser(app.url);
});
afterEach(() => app.close());

describe('a session', () => {
  test('begins with a login that answers who, which session and version 1', async () => {
    const info = await ada.login();
    expect(info.user).toMatchObject({ id: 'user-ada', name: 'Ada Lovelace' });
    expect(info.session.version).toBe(1);
    expect(info.session.expiresInMs).toBeGreaterThan(9000);
    expect(ada.jar.get('reseal_hint')).toBe(`${info.session.id}.1`);
  });

  test('is read back from its sealed cookie without a Set-Cookie', async () => {
    const { session } = await ada.login();
    const response = await ada.whoAmI();
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await infoOf(response)).session.id).toBe(session.id);
  });

  test('is refreshed by POST /api/user, once for a version', async () => {
    await ada.login();
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    expect(app.upstream.stats().refreshCalls).toBe(1);
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
  });

  test('ends with a logout that clears both cookies and revokes at the issuer', async () => {
    await ada.login();
    const { cookie } = ada;
    expect((await ada.logout()).status).toBe(204);
    expect(ada.jar.size).toBe(0);
    expect(app.upstream.stats().revocations).toBe(1);
    expect(await codeOf(await ada.whoAmI({ cookie }))).toBe('session_ended');
    expect((await ada.logout()).status).toBe(204);
  });

  test('reaches the upstream through the proxy, with the bearer and without the cookie', async () => {
    await ada.login();
    const echo = await ada.call('/api/upstream/echo/a?b=c', { method: 'POST', json: { hello: 1 } });
    expect(echo.status).toBe(200);
    expect(await echo.json()).toMatchObject({ method: 'POST', url: '/echo/a?b=c', userId: 'user-ada' });
  });

  test('whose access token died is told token_expired with the version that died', async () => {
    await ada.login();
    app.upstream.expireAccessTokens();
    const response = await ada.call('/api/upstream/me');
    expect(response.status).toBe(401);
    expect(response.headers.get('x-reseal-reason')).toBe('token_expired');
    expect(response.headers.get('x-reseal-version')).toBe('1');
    await ada.refresh(1);
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
  });
});
