import axios from 'axios';
import { createReauth } from '../../interceptors/reauth.ts';
import { refusal } from '../../interceptors/testing/answers.ts';
import { createBackend } from '../../interceptors/testing/backend.ts';
import { createTabs, settled } from '../../interceptors/testing/tabs.ts';

const sessions = (backend: ReturnType<typeof createBackend>) =>
  backend.arrivals.map(({ identity }) => identity);

test('every request names the session that it is meant for, and 1 where there is none', async () => {
  const { backend, tabs } = createTabs();
  const { send, reauth } = tabs[0]!;
  await send('/a');
  reauth.loggedOut();
  await send('/b');
  expect(sessions(backend)).toEqual(['s1', '1']);
});

test('a request that opted out of the queue names its session too', async () => {
  const { backend, tabs } = createTabs();
  await tabs[0]!.send('/a', { reauth: false });
  await tabs[0]!.send('/b', { reauth: false, headers: { 'X-Reseal': '1' } });
  expect(sessions(backend)).toEqual(['s1', '1']);
});

test('a default of 1 is no identity, another id is one and stays', async () => {
  const { backend, tabs } = createTabs(1, {}, { headers: { 'X-Reseal': '1' } });
  expect(await tabs[0]!.send('/a')).toBe('200');
  expect(await tabs[0]!.send('/b', { headers: { 'X-Reseal': 's0' } })).toBe('ERR_SESSION_CHANGED');
  expect(sessions(backend)).toEqual(['s1', 's0']);
});

test('only requests to the page’s own origin name the session; elsewhere a 401 is an answer', async () => {
  const appliesTo = (url: string) => url.startsWith('/');
  const { backend, tabs } = createTabs(1, { appliesTo });
  const { send } = tabs[0]!;
  backend.expire();
  await send('https://elsewhere.example/a');
  expect([sessions(backend), backend.refreshes]).toEqual([[''], 0]);
});

test.each([
  [{ url: 'notes', baseURL: '/api/' }, '/api/notes'],
  [{ url: '/notes', baseURL: 'https://a.example/api' }, 'https://a.example/api/notes'],
  [{ url: '', baseURL: '/api' }, '/api'],
  [{ url: '//b.example/x', baseURL: '/api' }, '//b.example/x'],
  [{ url: 'HTTPS://b.example/x', baseURL: '/api' }, 'HTTPS://b.example/x'],
  [{ url: 'notes?q=1' }, 'notes?q=1'],
])('the address of %j is %s', async (config, expected) => {
  const asked: string[] = [];
  const reauth = createReauth({ refresh: () => undefined, appliesTo: (url) => asked.push(url) > 0 });
  const http = axios.create({ adapter: createBackend().adapter });
  reauth.attach(http);
  await http.request(config);
  expect(asked).toEqual([expected]);
});

test('a late 401 of the session before a login is not replayed under the new one', async () => {
  const { backend, tabs } = createTabs();
  const { http, reauth } = tabs[0]!;
  backend.expire();
  const gate = backend.hold('/mine');
  const request = http.get('/mine');
  await gate.arrived;
  reauth.loggedIn(backend.login());
  gate.release();
  await expect(request).rejects.toMatchObject({ code: 'ERR_SESSION_CHANGED', response: { status: 401 } });
  expect([backend.refreshes, reauth.state]).toEqual([0, 'idle']);
});

test('a request that waits at a login or a logout is refused', async () => {
  for (const [what, code] of [
    ['loggedIn', 'ERR_SESSION_CHANGED'],
    ['loggedOut', 'ERR_SESSION_ENDED'],
  ] as const) {
    const { backend, tabs } = createTabs();
    const { send, reauth } = tabs[0]!;
    backend.expire();
    const refresh = backend.hold('refresh');
    const request = send('/a');
    await refresh.arrived;
    reauth[what]();
    expect(await request).toBe(code);
    refresh.release();
    await settled();
    expect(reauth.state).toBe(what === 'loggedIn' ? 'idle' : 'ended');
  }
});

test('a 409 session_changed refuses that one request, and the engine reads the hint again', async () => {
  const { backend, tabs } = createTabs(1, { watchHint: () => () => {} });
  const { http, send, reauth, events } = tabs[0]!;
  backend.login(); // in another browser window, unseen
  await expect(http.get('/a')).rejects.toMatchObject({
    code: 'ERR_SESSION_CHANGED',
    response: { status: 409 },
  });
  expect(events.find(({ type }) => type === 'sessionChanged')).toMatchObject({ hint: { id: 's2' } });
  expect(await send('/b')).toBe('200');
  expect(reauth.state).toBe('idle');
});

test('a 409 session_changed is refused also where the caller accepts every status', async () => {
  const { backend, tabs } = createTabs(1, { watchHint: () => () => {} });
  backend.login();
  expect(await tabs[0]!.send('/a', { validateStatus: () => true })).toBe('ERR_SESSION_CHANGED');
});

test('a refresh that finds another session in the jar refreshes nothing and replays nothing', async () => {
  const { backend, tabs } = createTabs(1, { watchHint: () => () => {}, readHint: () => null });
  const { send, reauth, events } = tabs[0]!;
  reauth.loggedIn(await backend.whoAmI());
  backend.expire();
  backend.script('session_changed');
  expect(await send('/a')).toBe('ERR_SESSION_CHANGED');
  expect(events.map(({ type }) => type)).toContain('sessionChanged');
  expect(reauth.state).toBe('idle');
});

test('sessionChanged names the session of the hint, once', async () => {
  const { backend, tabs } = createTabs(1, { watchHint: () => () => {} });
  const { send, events } = tabs[0]!;
  backend.expire();
  backend.script(() => {
    backend.login();
    throw refusal('session_changed');
  });
  expect(await send('/a')).toBe('ERR_SESSION_CHANGED');
  expect(events.filter(({ type }) => type === 'sessionChanged')).toMatchObject([{ hint: { id: 's2' } }]);
});

test('a refresh that answers with another session than the page’s replays nothing under it', async () => {
  const { backend, tabs } = createTabs(1, {
    refresh: async () => ({ ...backend.login(), user: { id: 'bob', name: 'Bob' } }),
    readHint: () => null,
  });
  const { send, reauth, events } = tabs[0]!;
  reauth.loggedIn(await backend.whoAmI());
  backend.expire();
  expect(await send('/a')).toBe('ERR_SESSION_CHANGED');
  expect(events.at(-2)).toMatchObject({ type: 'sessionChanged', hint: { id: 's2', version: 1 } });
});

test('session_ended of the session before arrives after a new login and ends nothing (P8)', async () => {
  const { backend, tabs } = createTabs();
  const { http, reauth, events } = tabs[0]!;
  backend.logout();
  const gate = backend.hold('/old');
  const request = http.get('/old');
  await gate.arrived;
  reauth.loggedIn(backend.login());
  gate.release();
  await expect(request).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST', response: { status: 401 } });
  expect(reauth.state).toBe('idle');
  expect(events.map(({ type }) => type)).not.toContain('sessionEnded');
});

test('session_ended of the current session ends it; the request keeps its answer', async () => {
  const { backend, tabs } = createTabs(1, { readHint: () => null });
  const { http, reauth, events } = tabs[0]!;
  reauth.loggedIn(await backend.whoAmI());
  backend.logout();
  await expect(http.get('/a')).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST', response: { status: 401 } });
  expect(reauth.state).toBe('ended');
  expect(events.find(({ type }) => type === 'sessionEnded')).toMatchObject({ reason: 'no_session' });
  expect(await tabs[0]!.send('/b')).toBe('ERR_BAD_REQUEST'); // an answer still: there was no session
});

test('session_ended about a cookie that was refreshed since the request was sent ends nothing', async () => {
  const { backend, tabs } = createTabs();
  const { http, reauth, send } = tabs[0]!;
  const gate = backend.hold('/old');
  const adapter = backend.adapter;
  http.defaults.adapter = async (config) => {
    const response = await adapter(config);
    if (config.url === '/old') throw refusal('session_ended');
    return response;
  };
  const old = send('/old');
  await gate.arrived;
  await reauth.refresh();
  gate.release();
  expect([await old, reauth.state]).toEqual(['ERR_BAD_RESPONSE', 'idle']);
});

test('no_session beside a hint is no proof: the refresh decides', async () => {
  const backend = createBackend();
  const { tabs } = createTabs(1, { readHint: () => ({ id: 's1', version: 1 }) }, {}, backend);
  const { http, reauth } = tabs[0]!;
  const adapter = backend.adapter;
  backend.logout();
  await http.get('/a').catch(() => {});
  await settled();
  expect([backend.refreshes, reauth.state]).toEqual([1, 'ended']);
  http.defaults.adapter = adapter;
});

test('a 401 that asks for a refresh is never final, even where isFinal accepts every 401', async () => {
  const { backend, tabs } = createTabs(1, {
    isFinal: (error) => (error as { response?: { status: number } }).response?.status === 401,
  });
  backend.script(() => ({ user: {}, session: { id: 's1', version: 2 } })); // says so, and refreshes nothing
  backend.expire();
  expect([await tabs[0]!.send('/a'), tabs[0]!.reauth.state]).toEqual(['ERR_BAD_REQUEST', 'idle']);
});

test('no_session to a page that was never logged in ends nothing', async () => {
  const { tabs } = createTabs(1, {}, {}, createBackend(null));
  expect(await tabs[0]!.send('/a')).toBe('ERR_BAD_REQUEST');
  expect(tabs[0]!.reauth.state).toBe('idle');
});

test('once the session has ended a 401 is refused without a refresh, until the hint moves on', async () => {
  const { backend, tabs } = createTabs();
  const { send, reauth } = tabs[0]!;
  backend.script('session_ended');
  backend.expire();
  expect(await send('/a')).toBe('ERR_SESSION_ENDED');
  expect([await send('/b'), backend.refreshes]).toEqual(['ERR_SESSION_ENDED', 1]);
  await expect(reauth.refresh()).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' });
  backend.login();
  expect([await send('/c'), reauth.state]).toEqual(['200', 'idle']);
});
