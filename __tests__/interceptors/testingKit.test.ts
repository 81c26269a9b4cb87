import { createTabs, deferred, settled } from '../../interceptors/testing/tabs.ts';

/** Five worked examples of tests about how requests queue. Nothing here sleeps, and no socket is opened. */

test('1. an expired token costs one refresh, and the caller gets its answer', async () => {
  const { backend, tabs } = createTabs();
  backend.expire();

  const { data } = await tabs[0]!.http.get('/notes');

  expect(data).toEqual({ url: '/notes', session: { id: 's1', version: 2 } });
  expect(backend.refreshes).toBe(1);
  expect(backend.arrivals.map(({ status }) => status)).toEqual([401, 200]);
});

test('2. a refresh that is held back shows the queue', async () => {
  const { backend, tabs } = createTabs();
  const { reauth, send } = tabs[0]!;
  backend.expire();
  const refresh = backend.hold('refresh');

  const requests = [send('/a'), send('/b'), send('/c')];
  await refresh.arrived;
  await settled();
  expect([reauth.state, reauth.queued]).toEqual(['refreshing', 3]);

  refresh.release();
  expect(await Promise.all(requests)).toEqual(['200', '200', '200']);
  expect(reauth.queued).toBe(0);
});

test('3. a refresh that fails twice is tried a third time as the clock advances', async () => {
  const { backend, clock, tabs } = createTabs();
  backend.expire();
  backend.script('upstream_unavailable', 'upstream_unavailable');

  const request = tabs[0]!.send('/notes');
  await clock.advance(800 + 1600); // the first two pauses

  expect(await request).toBe('200');
  expect(backend.refreshes).toBe(3);
  expect(clock.timers).toBe(0);
});

test('4. an answer that is held back while another tab refreshes is replayed once released', async () => {
  const { backend, tabs } = createTabs(2);
  backend.expire();
  const gate = backend.hold('/slow');

  const slow = tabs[0]!.send('/slow');
  expect(await tabs[1]!.send('/quick')).toBe('200');
  gate.release(); // its 401 arrives when the token it complains of is long refreshed

  expect(await slow).toBe('200');
  expect(backend.refreshes).toBe(1);
});

test('5. a request that waits at a login is not replayed as another person', async () => {
  const { backend, tabs } = createTabs();
  const { reauth, send, events } = tabs[0]!;
  backend.expire();
  const refresh = backend.hold('refresh');
  const request = send('/mine');
  await refresh.arrived;

  const gate = deferred();
  const login = reauth.exclusive(() => gate.promise.then(() => backend.login()));
  gate.resolve();
  reauth.loggedIn(await login);

  expect(await request).toBe('ERR_SESSION_CHANGED');
  expect(backend.arrivals.filter(({ url }) => url === '/mine')).toHaveLength(1);
  expect(events.map(({ type }) => type)).toContain('refreshAborted');
});
