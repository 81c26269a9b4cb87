import { createTabs, settled } from '../../interceptors/testing/tabs.ts';

test('the events tell the life of a 401 in order', async () => {
  const { backend, clock, tabs } = createTabs();
  const { http, events } = tabs[0]!;
  backend.expire();
  const refresh = backend.hold('refresh');
  const first = http.post('/notes?secret=1#x', {});
  await refresh.arrived;
  const second = http.get('/held');
  await clock.advance(100);
  refresh.release();
  await Promise.all([first, second]);
  expect(events).toEqual([
    { type: 'requestSent', id: 1, method: 'POST', url: '/notes', at: 0, queued: 0 },
    { type: 'requestExpired', id: 1, version: 1, at: 0, queued: 0 },
    { type: 'requestQueued', id: 1, at: 0, queued: 1 },
    { type: 'refreshStarted', by: 'expiry', at: 0, queued: 1 },
    { type: 'requestSent', id: 2, method: 'GET', url: '/held', at: 0, queued: 1 },
    { type: 'requestQueued', id: 2, at: 0, queued: 2 },
    expect.objectContaining({ type: 'sessionRenewed', version: 2, by: 'expiry', at: 100, queued: 0 }),
    { type: 'requestReplayed', id: 1, at: 100, queued: 0 },
    { type: 'requestReleased', id: 2, at: 100, queued: 0 },
    { type: 'requestSettled', id: 1, status: 200, code: null, at: 100, queued: 0 },
    { type: 'requestSettled', id: 2, status: 200, code: null, at: 100, queued: 0 },
  ]);
});

test('requestSettled names an error’s code, and its status where it has an answer', async () => {
  const { tabs } = createTabs();
  const { http, events } = tabs[0]!;
  await http.get('/a', { adapter: () => Promise.reject(undefined) }).catch(() => {});
  await http.get('/b', { headers: { 'X-Reseal': 'other' } }).catch(() => {});
  expect(events.filter(({ type }) => type === 'requestSettled')).toMatchObject([
    { status: null },
    { status: 409, code: 'ERR_SESSION_CHANGED' },
  ]);
});

test('a refresh by another tab ends the refresh that had begun here', async () => {
  const { backend, clock, tabs } = createTabs();
  const { send, events } = tabs[0]!;
  backend.script('lost'); // refreshed, but the answer never came: the hint tells
  backend.expire();
  const request = send('/a');
  await clock.advance(800);
  expect(await request).toBe('200');
  expect(events.filter(({ type }) => /refresh|session/.test(type))).toMatchObject([
    { type: 'refreshStarted' },
    { type: 'sessionRenewed', session: null, by: 'otherTab', version: 2 },
  ]);
});

test('a listener that throws changes nothing, and its error is reported', async () => {
  const report = jest.fn();
  Object.assign(globalThis, { reportError: report });
  const oops = new Error('oops');
  const { backend, tabs } = createTabs(1, {
    onEvent: () => {
      throw oops;
    },
  });
  backend.expire();
  expect(await tabs[0]!.send('/a')).toBe('200');
  expect(report).toHaveBeenCalledWith(oops);
  Reflect.deleteProperty(globalThis, 'reportError');
  expect(await tabs[0]!.send('/b')).toBe('200');
});

test('a listener may act on the engine while it handles an event', async () => {
  const fake = createTabs(1, {
    onEvent: ({ type }) => void (type === 'requestExpired' && fake.tabs[0]!.reauth.loggedOut()),
  });
  fake.backend.expire();
  expect(await fake.tabs[0]!.send('/a')).toBe('ERR_SESSION_ENDED');
});

test('no request is replayed after a listener of sessionRenewed has logged out', async () => {
  const fake = createTabs(1, {
    onEvent: ({ type }) => void (type === 'sessionRenewed' && fake.tabs[0]!.reauth.loggedOut()),
  });
  fake.backend.expire();
  expect(await fake.tabs[0]!.send('/a')).toBe('ERR_SESSION_CHANGED');
  expect(fake.backend.arrivals).toHaveLength(1);
});

test('the engine warns about a refresh that never reads its signal', async () => {
  const { tabs } = createTabs(1, { refresh: () => undefined });
  await tabs[0]!.reauth.refresh();
  expect(tabs[0]!.events).toContainEqual(expect.objectContaining({ type: 'warned' }));
});

test('the engine works the same without a listener', async () => {
  const { backend, tabs } = createTabs(1, { onEvent: undefined as never });
  backend.expire();
  expect(await tabs[0]!.send('/a')).toBe('200');
  backend.login();
  await settled();
  expect(await tabs[0]!.send('/b')).toBe('200');
});
