import axios, { type AxiosInstance } from 'axios';
import { createBackend } from '../../interceptors/testing/backend.ts';
import { createTabs, deferred, settled } from '../../interceptors/testing/tabs.ts';

/** A tab with an expired token whose refresh is held back. */
async function waiting(config: Parameters<AxiosInstance['get']>[1] = {}) {
  const fake = createTabs();
  const tab = fake.tabs[0]!;
  fake.backend.expire();
  const refresh = fake.backend.hold('refresh');
  const request = tab.http.get('/a', config);
  request.catch(() => {});
  await refresh.arrived;
  return { ...fake, ...tab, refresh, request };
}

test('an abort settles a waiting request at once, and the others go on', async () => {
  const abort = new AbortController();
  const { request, send, refresh, reauth } = await waiting({ signal: abort.signal });
  const other = send('/b');
  await settled();
  abort.abort();
  await expect(request).rejects.toMatchObject({ code: 'ERR_CANCELED' });
  expect(reauth.queued).toBe(1);
  refresh.release();
  expect(await other).toBe('200');
});

test('a request that was aborted before its 401 arrived never waits', async () => {
  const { backend, tabs } = createTabs();
  const abort = new AbortController();
  const { http, reauth } = tabs[0]!;
  http.defaults.adapter = async (config) => {
    abort.abort(); // an adapter that does not notice
    return backend.adapter({ ...config, signal: undefined as never });
  };
  backend.expire();
  await expect(http.get('/a', { signal: abort.signal })).rejects.toMatchObject({ code: 'ERR_CANCELED' });
  expect([reauth.queued, reauth.state, backend.refreshes]).toEqual([0, 'idle', 0]);
});

test('the wait counts against the timeout', async () => {
  const { clock, request, refresh, reauth } = await waiting({ timeout: 3000 });
  await clock.advance(2999);
  expect(reauth.queued).toBe(1);
  await clock.advance(1);
  await expect(request).rejects.toMatchObject({
    code: 'ECONNABORTED',
    message: 'timeout of 3000ms exceeded',
    response: { status: 401 },
  });
  refresh.release();
});

test('a replay has what is left of the timeout, and the config keeps the whole', async () => {
  const seen: unknown[] = [];
  const { backend, clock, tabs } = createTabs();
  const { http } = tabs[0]!;
  http.defaults.adapter = (config) => {
    seen.push(config.timeout);
    return backend.adapter(config);
  };
  backend.expire();
  const refresh = backend.hold('refresh');
  const request = http.get('/a', { timeout: 3000 });
  await clock.advance(1000);
  refresh.release();
  const { config } = await request;
  expect([seen, config.timeout]).toEqual([[3000, 2000], 3000]);
});

test('clarifyTimeoutError gets the timeout error of axios', async () => {
  const { clock, request } = await waiting({
    timeout: 10,
    timeoutErrorMessage: 'too slow',
    transitional: { clarifyTimeoutError: true },
  });
  await clock.advance(10);
  await expect(request).rejects.toMatchObject({ code: 'ETIMEDOUT', message: 'too slow' });
});

test('a timeout beyond what a timer can hold does not fire at once', async () => {
  const { clock, request, refresh } = await waiting({ timeout: 2 ** 40 });
  expect(clock.timers).toBe(2); // the budget's and the lock's: in a browser 2 ** 40 would overflow to 0
  refresh.release();
  expect((await request).status).toBe(200);
});

test('no timer and no listener is left after a request settles', async () => {
  const abort = new AbortController();
  const add = jest.spyOn(abort.signal, 'addEventListener');
  const remove = jest.spyOn(abort.signal, 'removeEventListener');
  const { clock, request, refresh } = await waiting({ signal: abort.signal, timeout: 5000 });
  refresh.release();
  await request;
  await clock.advance(0);
  expect(clock.timers).toBe(0);
  expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
});

test('a refresh that hangs costs its budget and not the session', async () => {
  const { backend, clock, tabs } = createTabs(1, { refresh: () => new Promise(() => {}) });
  const { http, reauth } = tabs[0]!;
  backend.expire();
  const request = http.get('/a');
  request.catch(() => {});
  await clock.advance(29_999);
  expect(reauth.queued).toBe(1);
  await clock.advance(1);
  await expect(request).rejects.toMatchObject({
    code: 'ERR_REFRESH_UNAVAILABLE',
    response: { status: 401 },
    cause: { message: 'no refresh within 30000 ms' },
  });
  expect(reauth.state).toBe('idle');
});

test('a refresh that hung is not called again at once', async () => {
  const refresh = jest.fn(() => new Promise<undefined>(() => {}));
  const { backend, clock, tabs } = createTabs(1, { refresh });
  backend.expire();
  void tabs[0]!.send('/a');
  await clock.advance(30_000);
  expect([await tabs[0]!.send('/b'), refresh.mock.calls.length]).toEqual(['ERR_REFRESH_UNAVAILABLE', 1]);
});

test('the next refresh after one that hung is free to succeed', async () => {
  const { backend, clock, tabs } = createTabs();
  const { send } = tabs[0]!;
  backend.script('hang');
  backend.expire();
  const first = send('/a');
  await clock.advance(30_000);
  expect(await first).toBe('ERR_REFRESH_UNAVAILABLE');
  await clock.advance(60_000);
  const second = send('/b');
  await clock.advance(5000);
  expect(await second).toBe('200');
});

test('a refresh that throws before it returns blocks no later one', async () => {
  const { backend, clock, tabs } = createTabs(1, {
    refresh: () => {
      throw new Error('oops');
    },
  });
  backend.expire();
  const request = tabs[0]!.send('/a');
  await clock.advance(30_000);
  expect(await request).toBe('ERR_REFRESH_UNAVAILABLE');
  expect(tabs[0]!.reauth.queued).toBe(0);
});

test('a refresh that returns no promise counts as a success', async () => {
  const { backend, tabs } = createTabs(1, { refresh: () => undefined });
  backend.expire();
  expect(await tabs[0]!.send('/a')).toBe('ERR_BAD_REQUEST'); // the replay's own 401
});

describe('a refresh over the attached instance itself', () => {
  const selfish = (
    refresh: (http: AxiosInstance, signal: AbortSignal) => Promise<unknown>,
    backend = createBackend(),
  ) => {
    const fake = createTabs(
      1,
      { refresh: async ({ signal }) => void (await refresh(http, signal)) },
      {
        adapter: async (config) => {
          if (config.url === '/refresh')
            await backend.refresh({ staleVersion: 0, signal: new AbortController().signal });
          return backend.adapter(config.url === '/refresh' ? { ...config, url: '/done' } : config);
        },
      },
      backend,
    );
    const { http } = fake.tabs[0]!;
    backend.expire();
    return fake;
  };

  test('a refresh that calls at once is not queued behind itself', async () => {
    expect(await selfish((http) => http.post('/refresh')).tabs[0]!.send('/a')).toBe('200');
  });

  test('a refresh is not queued behind itself when an asynchronous interceptor comes first', async () => {
    const { tabs } = selfish((http) => http.post('/refresh'));
    tabs[0]!.http.interceptors.request.use(async (config) => config);
    expect(await tabs[0]!.send('/a')).toBe('200');
  });

  test('a refresh is not queued behind itself when it awaits first and passes the signal on', async () => {
    const { tabs } = selfish(async (http, signal) => {
      await null;
      await http.post('/refresh', null, { signal });
    });
    expect(await tabs[0]!.send('/a')).toBe('200');
  });

  test('a refresh that awaits and ignores the signal is held a tenth of the budget at most', async () => {
    const { clock, tabs } = selfish(async (http) => {
      await null;
      await http.post('/refresh');
    });
    const request = tabs[0]!.send('/a');
    await clock.advance(2999);
    expect(tabs[0]!.reauth.queued).toBe(2);
    await clock.advance(1);
    expect(await request).toBe('200');
  });
});

test('one request more than may wait is refused, with the 401 it had', async () => {
  const { backend, tabs } = createTabs(1, { limits: { queue: 2 } });
  const { http, send } = tabs[0]!;
  backend.expire();
  const refresh = backend.hold('refresh');
  const two = [send('/1'), send('/2')];
  await expect(http.get('/3')).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL', response: { status: 401 } });
  refresh.release();
  expect(await Promise.all(two)).toEqual(['200', '200']);
});

test('a detached instance is no longer served, and its waiting requests settle as ever', async () => {
  const { backend, tabs } = createTabs();
  const { reauth } = tabs[0]!;
  const http = axios.create({ adapter: backend.adapter });
  const detach = reauth.attach(http);
  backend.expire();
  const refresh = backend.hold('refresh');
  const request = http.get('/a');
  await refresh.arrived;
  detach();
  refresh.release();
  const { status, config } = await request;
  expect([status, config.adapter]).toEqual([200, backend.adapter]);
  backend.expire();
  await expect(http.get('/b')).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
  await expect(http.request(config)).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
  expect(backend.refreshes).toBe(1);
});

test('an instance attached twice is served once, until both have detached', async () => {
  const { backend, tabs } = createTabs();
  const { http, reauth, send } = tabs[0]!;
  const detach = reauth.attach(http);
  backend.expire();
  expect(await send('/a')).toBe('200');
  expect([backend.refreshes, backend.arrivals.length]).toEqual([1, 2]);
  detach();
  backend.expire();
  expect(await send('/b')).toBe('200');

  reauth.attach(http);
  backend.script(() => ({ user: {}, session: { id: 's1', version: 4 } })); // says so, and refreshes nothing
  backend.expire();
  expect([await send('/c'), backend.arrivals.length]).toEqual(['ERR_BAD_REQUEST', 6]);
});

test('a lock that is never granted costs its bound, then the refresh runs without it', async () => {
  const { backend, clock, tabs } = createTabs(1, { lock: () => deferred<never>().promise });
  backend.expire();
  const request = tabs[0]!.send('/a');
  await clock.advance(4999);
  expect(backend.refreshes).toBe(0);
  await clock.advance(1);
  expect([await request, backend.refreshes]).toEqual(['200', 1]);
});

test('lock, calls and pauses share one budget, and a waiting request gets the answer that comes just before its end (P14)', async () => {
  const turn = deferred();
  const { backend, clock, tabs } = createTabs(1, {
    lock: async (work) => turn.promise.then(work),
    limits: { refreshMs: 10_000 },
  });
  backend.expire();
  backend.script('upstream_unavailable');
  const request = tabs[0]!.send('/a');
  await clock.advance(4000);
  turn.resolve();
  await settled();
  const last = backend.hold('refresh');
  await clock.advance(5999); // the pause is over long since, the second call under way
  expect([tabs[0]!.reauth.queued, backend.refreshes]).toEqual([1, 2]);
  last.release();
  expect(await request).toBe('200');
});
