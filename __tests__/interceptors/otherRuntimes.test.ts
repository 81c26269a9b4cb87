import axios from 'axios';
import { isOurs } from '../../interceptors/attach.ts';
import { createReauth } from '../../interceptors/reauth.ts';
import { createBackend } from '../../interceptors/testing/backend.ts';
import { createSharedLock, createTabs, deferred, settled } from '../../interceptors/testing/tabs.ts';
import { createFakeClock } from '../../interceptors/testing/fakeClock.ts';
import { startWireBackend } from '../support/wireBackend.ts';

describe('a refresh that hangs and ignores its signal', () => {
  test('gives the lock back when its budget is spent: the next refresh starts without a wait', async () => {
    const { backend, clock, tabs } = createTabs(2, { limits: { refreshMs: 10_000 } });
    const [here, there] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    backend.script(() => deferred<never>().promise);
    backend.expire();
    const hung = here.send('/a');
    await clock.advance(10_000);
    expect(await hung).toBe('ERR_REFRESH_UNAVAILABLE');
    await clock.advance(2000); // the window of the outage
    const next = there.send('/b');
    await settled();
    expect([await next, backend.refreshes]).toEqual(['200', 2]); // and no time has passed
  });

  test('cannot make every later refresh fail where the budget is shorter than the wait for the lock', async () => {
    const { backend, clock, tabs } = createTabs(1, { limits: { refreshMs: 3000, lockMs: 5000 } });
    const { send } = tabs[0]!;
    backend.script(() => deferred<never>().promise);
    backend.expire();
    const hung = send('/a');
    await clock.advance(3000);
    expect(await hung).toBe('ERR_REFRESH_UNAVAILABLE');
    await clock.advance(2000);
    expect(await send('/b')).toBe('200');
    expect(clock.timers).toBe(0);
  });

  test('gives back a Web Lock too', async () => {
    const { locks } = navigator;
    const clock = createFakeClock();
    const backend = createBackend();
    const http = axios.create({ adapter: backend.adapter });
    const limits = { refreshMs: 1000 };
    const lock = <T>(work: () => Promise<T>) => locks.request('hangs', work) as Promise<T>;
    const refresh = () => deferred<never>().promise;
    createReauth({ refresh, lock, clock, limits, readHint: () => null }).attach(http);
    backend.expire();
    const hung = http.get('/a').catch(({ code }) => code);
    while (!(await locks.query()).held?.some(({ name }) => name === 'hangs')) await settled();
    await clock.advance(1000);
    expect(await hung).toBe('ERR_REFRESH_UNAVAILABLE');
    expect(await locks.request('hangs', { ifAvailable: true }, async (granted) => granted?.name)).toBe(
      'hangs',
    );
  });
});

test('a login that hangs gives the lock back after the budget', async () => {
  const lock = createSharedLock();
  const { clock, tabs } = createTabs(1, { lock, limits: { refreshMs: 10_000 } });
  void tabs[0]!.reauth.exclusive(() => deferred<never>().promise);
  await settled();
  const next = jest.fn(async () => {});
  void lock(next);
  await clock.advance(9999);
  expect(next).not.toHaveBeenCalled();
  await clock.advance(1);
  expect(next).toHaveBeenCalledTimes(1);
});

test('with the signals of React Native a refresh, a retry, an abort and a logout work as ever', async () => {
  // React Native's AbortSignal has the oldest API only.
  const gone = ['throwIfAborted', 'reason'] as const;
  const before = gone.map((key) => Object.getOwnPropertyDescriptor(AbortSignal.prototype, key)!);
  const statics = Object.fromEntries(
    (['any', 'timeout', 'abort'] as const).map((key) => [key, AbortSignal[key]]),
  );
  for (const key of gone) Reflect.deleteProperty(AbortSignal.prototype, key);
  for (const key of Object.keys(statics)) Reflect.deleteProperty(AbortSignal, key);
  try {
    const { backend, clock, tabs } = createTabs();
    const { http, send, reauth } = tabs[0]!;
    backend.expire();
    backend.script('upstream_unavailable');
    const retried = send('/a');
    await clock.advance(5000);
    expect(await retried).toBe('200');

    const abort = new AbortController();
    backend.expire();
    const refresh = backend.hold('refresh');
    const aborted = http.get('/b', { signal: abort.signal }).catch(({ code }) => code);
    await refresh.arrived;
    abort.abort();
    expect(await aborted).toBe('ERR_CANCELED');
    const waiting = send('/c');
    await settled();
    reauth.loggedOut();
    expect(await waiting).toBe('ERR_SESSION_ENDED');
  } finally {
    gone.forEach((key, at) => Object.defineProperty(AbortSignal.prototype, key, before[at]!));
    Object.assign(AbortSignal, statics);
  }
});

describe('two engines of one Node process', () => {
  test('share neither lock nor cooldown: the outage of one does not fail the other', async () => {
    const wire = await startWireBackend();
    const clients = [0, 1].map((at) => {
      const http = axios.create({ baseURL: wire.url });
      const refresh = at
        ? async () => (await axios.post(`${wire.url}/refresh`)).data
        : () => deferred<never>().promise; // holds its lock
      createReauth({ refresh, limits: { refreshMs: 100, lockMs: 60_000 } }).attach(http);
      return http;
    });
    wire.expire();
    const [down, up] = clients as [(typeof clients)[0], (typeof clients)[0]];
    const failing = down.get('/a').catch(({ code }) => code);
    expect((await up.get('/b')).status).toBe(200);
    wire.expire();
    expect(await failing).toBe('ERR_REFRESH_UNAVAILABLE');
    expect((await up.get('/c')).status).toBe(200);
    await wire.close();
  });
});

test('the origin of a worker made of a blob is that of its opener; relative addresses have none there', () => {
  const globals = { origin: 'https://app.example', location: { href: 'blob:https://app.example/1' } };
  for (const [key, value] of Object.entries(globals))
    Object.defineProperty(globalThis, key, { value, configurable: true });
  const urls = ['https://app.example/api', '/api', 'https://b.example'];
  expect(urls.map(isOurs)).toEqual([true, false, false]);
  for (const key of Object.keys(globals)) Reflect.deleteProperty(globalThis, key);
  expect(isOurs('https://b.example')).toBe(true); // no page, no other origin
});
