import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser, codeOf } from '../../../testing/browser.ts';
import { requestText, sendRaw, type RawAnswer } from './rawClient.ts';

let app: AppWithUpstream;
let ada: Browser;

beforeEach(async () => {
  app = await startAppWithUpstream();
  ada = new Browser(app.url);
  await ada.login();
});
afterEach(() => app.close());

const reasonOf = (answer: RawAnswer) => answer.headers.get('x-reseal-reason')?.[0];

/** A GET as a browser would send it; fetch would not let a test write these headers. */
const get = (path: string, headers: Readonly<Record<string, string>>): Promise<RawAnswer> =>
  sendRaw(
    app.url,
    requestText(`GET ${path}`, [
      `Cookie: ${ada.cookie}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]),
  );

const sameOrigin = { 'Sec-Fetch-Site': 'same-origin' };

describe('another site', () => {
  test.each([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'SAME-ORIGIN' },
    { 'Sec-Fetch-Site': 'same-origin, cross-site' },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: '' },
    { Origin: 'http://127.0.0.1' },
    { Origin: 'http://127.0.0.1:1' },
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'APP' },
  ])('is refused although it sends the header: %j', async (given) => {
    const headers = { ...given, ...(given.Origin === 'APP' ? { Origin: app.url } : {}) };
    for (const path of ['/api/user', '/api/upstream/me']) {
      const answer = await get(path, { 'X-Reseal': '1', ...headers });
      expect([answer.status, reasonOf(answer)]).toEqual([403, 'csrf_rejected']);
    }
    for (const path of ['/api/login', '/api/logout', '/api/user', '/api/upstream/echo']) {
      const lines = Object.entries({ 'X-Reseal': '1', ...headers }).map(
        ([name, value]) => `${name}: ${value}`,
      );
      const answer = await sendRaw(app.url, requestText(`POST ${path}`, lines));
      expect(reasonOf(answer)).toBe('csrf_rejected');
    }
    expect((await ada.whoAmI()).status).toBe(200);
  });

  test('that says who is who is us', async () => {
    for (const headers of [sameOrigin, { 'Sec-Fetch-Site': 'none' }, { Origin: app.url }])
      expect((await get('/api/user', { 'X-Reseal': '1', ...headers })).status).toBe(200);
  });
});

describe('a read of the proxy without the header', () => {
  test('is let through on the browser’s word that the page is ours', async () => {
    expect((await get('/api/upstream/me', sameOrigin)).status).toBe(200);
    for (const dest of ['image', 'audio', 'video', 'empty', 'font', 'track'])
      expect((await get('/api/upstream/me', { ...sameOrigin, 'Sec-Fetch-Dest': dest })).status).toBe(200);
  });

  test.each([{}, { 'Sec-Fetch-Site': 'none' }, { 'Sec-Fetch-Site': '' }, { Origin: 'APP' }])(
    'is refused without that word: %j',
    async (given) => {
      const headers = 'Origin' in given ? { Origin: app.url } : given;
      expect(reasonOf(await get('/api/upstream/me', headers))).toBe('csrf_rejected');
    },
  );

  test('is no write', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const headers = [`Cookie: ${ada.cookie}`, 'Sec-Fetch-Site: same-origin', `Origin: ${app.url}`];
      const answer = await sendRaw(app.url, requestText(`${method} /api/upstream/notes`, headers));
      expect(reasonOf(answer)).toBe('csrf_rejected');
    }
    expect(app.upstream.stats().apiCalls).toBe(0);
  });

  test('is no way to any other route', async () => {
    expect(reasonOf(await get('/api/user', sameOrigin))).toBe('csrf_rejected');
  });

  test.each(
    [
      'script', 'worker', 'sharedworker', 'serviceworker', 'audioworklet', 'paintworklet', 'style', 'xslt', 'iframe',
      'frame', 'fencedframe', 'object', 'embed', 'manifest',
    ], // prettier-ignore
  )('is refused where it would be run, styled or framed: %s', async (dest) => {
    for (const headers of [sameOrigin, { 'X-Reseal': '1' }]) {
      const answer = await get('/api/upstream/echo/html', { ...headers, 'Sec-Fetch-Dest': dest });
      expect(reasonOf(answer)).toBe('csrf_rejected');
    }
    expect(app.upstream.stats().apiCalls).toBe(0);
  });

  test('is a download where a person navigates to it', async () => {
    const answer = await get('/api/upstream/echo/html', { ...sameOrigin, 'Sec-Fetch-Dest': 'document' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toEqual(['attachment']);
    expect(
      (await get('/api/upstream/echo/html', sameOrigin)).headers.get('content-disposition'),
    ).toBeUndefined();
  });

  test('that a link of another site navigates to is refused', async () => {
    const headers = {
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Dest': 'document',
      'Sec-Fetch-Mode': 'navigate',
    };
    expect(reasonOf(await get('/api/upstream/me', headers))).toBe('csrf_rejected');
  });
});

describe('a call for another session than the cookie’s', () => {
  const routes = [
    ['GET', '/api/user'],
    ['POST', '/api/user'],
    ['POST', '/api/logout'],
    ['GET', '/api/upstream/me'],
    ['HEAD', '/api/upstream/me'],
    ['DELETE', '/api/upstream/notes/1'],
  ] as const;

  test.each(routes)('is answered session_changed: %s %s', async (method, path) => {
    for (const id of ['someone-else', '0', '11', 'undefined', '1, 1', ada.cookie.slice(0, 30)]) {
      const response = await ada.call(path, { method, headers: { 'X-Reseal': id } });
      expect([response.status, response.headers.get('x-reseal-reason')]).toEqual([409, 'session_changed']);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    expect(app.upstream.stats()).toMatchObject({ apiCalls: 0, refreshCalls: 0, revocations: 0 });
    expect((await ada.whoAmI()).status).toBe(200);
  });

  test('for this very session is carried out', async () => {
    const { session } = await (await ada.whoAmI()).json();
    const headers = { 'X-Reseal': session.id as string };
    expect((await ada.call('/api/upstream/me', { headers })).status).toBe(200);
    expect((await ada.refresh(1, { headers })).status).toBe(200);
  });

  test.each(routes)('learns nothing of a session that has ended: %s %s', async (method, path) => {
    const { cookie } = ada;
    await ada.logout();
    const strange = await ada.call(path, { method, cookie, headers: { 'X-Reseal': 'someone-else' } });
    expect([strange.status, strange.headers.get('x-reseal-reason')]).toEqual([409, 'session_changed']);
    if (path !== '/api/logout' && method !== 'HEAD')
      expect(await codeOf(await ada.call(path, { method, cookie }))).toBe('session_ended');
  });

  test('ends nothing when it would log out', async () => {
    const grace = new Browser(app.url);
    await grace.login('grace', 'hopper');
    const { session } = await (await grace.whoAmI()).json();
    const headers = { 'X-Reseal': session.id as string };
    const response = await ada.call('/api/logout', { method: 'POST', json: { everywhere: true }, headers });
    expect(response.status).toBe(409);
    expect((await ada.whoAmI()).status).toBe(200);
    expect((await grace.whoAmI()).status).toBe(200);
  });
});
