import axios, { CanceledError, type AxiosRequestConfig } from 'axios';
import { createReauth } from '../../interceptors/reauth.ts';
import { createTabs, settled } from '../../interceptors/testing/tabs.ts';
import { startWireBackend, type WireBackend } from '../support/wireBackend.ts';

describe('what axios tolerates in a config, over a real socket', () => {
  let backend: WireBackend;
  beforeEach(async () => void (backend = await startWireBackend()));
  afterEach(() => backend.close());

  test.each<[string, object]>([
    ['a timeout as text', { timeout: '5000' }],
    ['a timeout as text with a unit', { timeout: '5000ms' }],
    ['an empty timeout', { timeout: '' }],
    ['a timeout of null', { timeout: null }],
    ['a method in capitals', { method: 'GET' }],
    ['no method', { method: undefined }],
    ['no headers', { headers: null }],
    ['no validateStatus', { validateStatus: null }],
    ['no transitional', { transitional: undefined }],
    ['an adapter list', { adapter: ['xhr', 'http', 'fetch'] }],
  ])('%s: a request is sent, refreshed and answered', async (_, config) => {
    const http = axios.create({ baseURL: backend.url });
    const events: string[] = [];
    createReauth({
      refresh: async () => (await axios.post(`${backend.url}/refresh`)).data,
      onEvent: ({ type }) => void events.push(type),
    }).attach(http);
    expect((await http.request({ url: '/a', ...config } as AxiosRequestConfig)).data).toBe('/a');
    backend.expire();
    expect((await http.request({ url: '/b', ...config } as AxiosRequestConfig)).data).toBe('/b');
    expect([backend.refreshes, events.filter((type) => type === 'requestReplayed').length]).toEqual([1, 1]);
  });

  test('a URL object as url is sent, refreshed and answered', async () => {
    const http = axios.create();
    createReauth({
      refresh: async () => (await axios.post(`${backend.url}/refresh`)).data,
      onEvent: () => {},
    }).attach(http);
    backend.expire();
    const url = new URL('/a', backend.url) as unknown as string;
    expect((await http.request({ url })).data).toBe('/a');
  });

  test('a timeout as text still limits the whole wait', async () => {
    const http = axios.create({ baseURL: backend.url });
    createReauth({ refresh: () => new Promise(() => {}), limits: { refreshMs: 300 } }).attach(http);
    backend.expire();
    await expect(http.get('/a', { timeout: '50' as unknown as number })).rejects.toMatchObject({
      code: 'ECONNABORTED',
      message: 'timeout of 50ms exceeded',
    });
  });
});

test('an absolute URL that allowAbsoluteUrls turns into a path is judged as that path', async () => {
  const asked: string[] = [];
  const http = axios.create({ adapter: createTabs().backend.adapter });
  createReauth({ refresh: () => undefined, appliesTo: (url) => asked.push(url) > 0 }).attach(http);
  await http.get('https://b.example/x', { baseURL: 'https://a.example/api', allowAbsoluteUrls: false });
  expect(asked).toEqual(['https://a.example/api/https://b.example/x']);
});

describe('a cancel token', () => {
  test('settles a waiting request at once, with its own reason, and leaves no listener', async () => {
    const { backend, tabs } = createTabs();
    const { http, reauth } = tabs[0]!;
    const { token, cancel } = axios.CancelToken.source();
    backend.expire();
    const refresh = backend.hold('refresh');
    const request = http.get('/a', { cancelToken: token });
    request.catch(() => {});
    await refresh.arrived;
    await settled();
    cancel('changed my mind');
    await expect(request).rejects.toBe(token.reason);
    expect(token.reason).toBeInstanceOf(CanceledError);
    expect(reauth.queued).toBe(0);
    refresh.release();
  });

  test('that was cancelled before the 401 arrived keeps the request from waiting', async () => {
    const { backend, tabs } = createTabs();
    const { http, reauth } = tabs[0]!;
    const { token, cancel } = axios.CancelToken.source();
    http.defaults.adapter = async (config) => {
      cancel('too late'); // an adapter that does not notice
      return backend.adapter(config);
    };
    backend.expire();
    await expect(http.get('/a', { cancelToken: token })).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    expect([reauth.queued, reauth.state, backend.refreshes]).toEqual([0, 'idle', 0]);
  });

  test('that is never cancelled is left without listeners', async () => {
    const { backend, tabs } = createTabs();
    const { token } = axios.CancelToken.source();
    const [on, off] = [jest.spyOn(token, 'subscribe'), jest.spyOn(token, 'unsubscribe')];
    backend.expire();
    expect(await tabs[0]!.send('/a', { cancelToken: token })).toBe('200');
    expect(on).toHaveBeenCalledTimes(1);
    expect(off).toHaveBeenCalledTimes(1);
  });
});

describe('a limit', () => {
  test.each([
    { refreshMs: NaN },
    { refreshMs: -1 },
    { refreshMs: 2 ** 31 },
    { refreshMs: Infinity },
    { lockMs: NaN },
    { lockMs: -5 },
    { queue: -1 },
    { queue: NaN },
    { refreshMs: '5000' as unknown as number },
  ])('of %j is refused when the engine is created', (limits) => {
    expect(() => createReauth({ refresh: () => undefined, limits })).toThrow(RangeError);
  });

  test('that is undefined keeps its default', async () => {
    const limits = { refreshMs: undefined, queue: undefined, lockMs: undefined } as unknown as object;
    const { backend, tabs } = createTabs(1, { limits });
    backend.expire();
    expect(await tabs[0]!.send('/a')).toBe('200');
  });

  test('of an endless queue is allowed', () => {
    expect(() => createReauth({ refresh: () => undefined, limits: { queue: Infinity } })).not.toThrow();
  });
});

test('an axios without getAdapter is refused with the version that is needed', () => {
  const { getAdapter } = axios;
  Object.assign(axios, { getAdapter: undefined });
  try {
    const reauth = createReauth({ refresh: () => undefined });
    expect(() => reauth.attach(axios.create())).toThrow(/axios .* not 1\.5/);
  } finally {
    Object.assign(axios, { getAdapter });
  }
});
