import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { startHost, type Host, type HostOptions } from './doors.ts';

let host: Host;
let ada: Browser;

async function start(options: HostOptions = {}): Promise<void> {
  host = await startHost(options);
  ada = new Browser(host.url);
  await ada.login();
  host.upstream.expireAccessTokens();
}
afterEach(() => host.close());

/** What a server component sees of the browser's request. */
const request = () => ({ headers: new Headers({ cookie: ada.cookie }) });
/** What a browser sends for a link or an image: no header of ours, and that the page is of our origin. */
const readHeaders = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'no-cors' };
const read = (path: string, init: RequestInit = {}) =>
  fetch(host.url + path, { ...init, headers: { Cookie: ada.cookie, ...readHeaders, ...init.headers } });

describe('upstreamFetch over a dead token', () => {
  beforeEach(() => start());

  test('a hundred parallel renders cost one refresh, and every render gets its data', async () => {
    const renders = Array.from({ length: 100 }, () =>
      host.reseal.upstreamFetch('/me', { request: request() }),
    );
    for (const response of await Promise.all(renders)) {
      expect(response.status).toBe(200);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.json()).toMatchObject({ id: 'user-ada' });
    }
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('renders, two tabs and a download at once cost one refresh', async () => {
    const work = [
      ...Array.from({ length: 30 }, () => host.reseal.upstreamFetch('/me', { request: request() })),
      ...Array.from({ length: 10 }, () => ada.refresh(1, { loseCookies: true })),
      ...Array.from({ length: 10 }, () => read('/api/upstream/notes')),
    ];
    for (const response of await Promise.all(work)) expect(response.status).toBe(200);
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('a later POST /api/user reseals what the server refreshed, without another refresh', async () => {
    await host.reseal.upstreamFetch('/me', { request: request() });
    const before = ada.cookie;
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    expect(ada.cookie).not.toBe(before);
    expect(host.upstream.stats().refreshCalls).toBe(1);
  });

  test('a body is sent again after the refresh, whatever kind it is', async () => {
    const form = new FormData();
    form.set('text', 'a form');
    const bodies = [
      'text',
      new TextEncoder().encode('bytes'),
      new URLSearchParams({ a: '1' }),
      form,
    ] as const;
    for (const body of bodies) {
      host.upstream.expireAccessTokens();
      const response = await host.reseal.upstreamFetch('/echo', { method: 'POST', body, request: request() });
      expect(response.status).toBe(200);
      const { body: echoed } = (await response.json()) as { body: { length: number } };
      expect(echoed.length).toBe((await new Response(body).arrayBuffer()).byteLength || 1);
    }
  });

  test('a call that names another session is refused before anything is sent', async () => {
    const response = await host.reseal.upstreamFetch('/notes', {
      method: 'POST',
      body: '{}',
      sessionId: 'AAAAAAAAAAAAAAAAAAAAAA',
      request: request(),
    });
    expect([response.status, await codeOf(response)]).toEqual([409, 'session_changed']);
    expect(host.upstream.stats()).toMatchObject({ apiCalls: 0, refreshCalls: 0 });
  });

  test('a session that has ended, no session and a forbidden path are answered as the proxy does', async () => {
    const call = async (path: string, cookie = ada.cookie) => {
      const response = await host.reseal.upstreamFetch(path, { request: { headers: { cookie } } });
      return [response.status, response.headers.get('X-Reseal-Reason')];
    };
    expect(await call('/auth/refresh')).toEqual([404, 'path_not_allowed']);
    expect(await call('/me', '')).toEqual([401, 'no_session']);
    const { cookie } = ada;
    await ada.logout();
    expect(await call('/me', cookie)).toEqual([401, 'session_ended']);
  });

  test('a caller that aborts gets its reason, and nothing of its call stays open', async () => {
    const leaving = new AbortController();
    const calling = host.reseal.upstreamFetch('/events', { signal: leaving.signal, request: request() });
    const reader = (await calling).body!.getReader();
    await reader.read();
    leaving.abort(new Error('the render was given up'));
    await expect(reader.read().then(({ done }) => done)).rejects.toThrow();
    await expect(
      host.reseal.upstreamFetch('/me', { signal: leaving.signal, request: request() }),
    ).rejects.toThrow('the render was given up');
  });
});

describe('a read without the interceptor over a dead token', () => {
  test('a download link simply works, writes no cookie and costs one refresh', async () => {
    await start();
    const response = await read('/api/upstream/notes');
    expect([response.status, response.headers.getSetCookie()]).toEqual([200, []]);
    expect((await read('/api/upstream/notes', { method: 'HEAD' })).status).toBe(200);
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('a call of the interceptor gets the documented 401', async () => {
    await start();
    const response = await ada.call('/api/upstream/notes');
    expect([response.status, await codeOf(response)]).toEqual([401, 'token_expired']);
    expect(host.upstream.stats().refreshCalls).toBe(0);
  });

  test('a read from another site refreshes nothing', async () => {
    await start();
    const response = await read('/api/upstream/notes', { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    expect([response.status, await codeOf(response)]).toEqual([403, 'csrf_rejected']);
    expect(host.upstream.stats().refreshCalls).toBe(0);
  });

  test('PROXY_REFRESH=never answers it the documented 401', async () => {
    await start({ reseal: { proxyRefresh: 'never' } });
    expect(await codeOf(await read('/api/upstream/notes'))).toBe('token_expired');
    expect(host.upstream.stats().refreshCalls).toBe(0);
  });

  test('PROXY_REFRESH=always serves the interceptor too, but sends no body twice', async () => {
    await start({ reseal: { proxyRefresh: 'always' } });
    const upload = await ada.call('/api/upstream/notes', { method: 'POST', json: { text: 'x' } });
    expect([upload.status, await codeOf(upload)]).toEqual([401, 'token_expired']);
    expect((await ada.call('/api/upstream/notes')).status).toBe(200);
    expect((await ada.call('/api/upstream/notes', { method: 'POST', json: { text: 'x' } })).status).toBe(201);
    expect(host.upstream.stats().refreshCalls).toBe(1);
  });

  test('an upstream that refuses every token is asked twice and no more', async () => {
    await start();
    host.upstream.setOptions({ hooks: { beforeVerify: async () => host.upstream.expireAccessTokens() } });
    const response = await read('/api/upstream/notes');
    expect([response.status, await codeOf(response)]).toEqual([401, 'token_expired']);
    expect(response.headers.get('X-Reseal-Version')).toBe('2');
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, apiUnauthorized: 2 });
  });
});

test('a browser that never reseals stays logged in over twenty token lives', async () => {
  const clock = new FakeClock();
  await start({ upstream: { now: () => clock.now(), accessTtlSeconds: 60 }, reseal: { clock } });
  for (let life = 0; life < 20; life += 1) {
    await clock.advance(61_000);
    const renders = Array.from({ length: 5 }, () => host.reseal.upstreamFetch('/me', { request: request() }));
    const downloads = Array.from({ length: 5 }, () => read('/api/upstream/notes'));
    for (const { status } of await Promise.all([...renders, ...downloads])) expect(status).toBe(200);
  }
  const session = await host.reseal.getSession(request());
  expect(session?.session.version).toBe(21);
  expect(host.upstream.stats()).toMatchObject({ refreshCalls: 20, maxPresentations: 1, reuseDetections: 0 });
});
