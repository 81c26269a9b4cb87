import { QueryClient } from '@tanstack/query-core';
import axios, { type AxiosInstance } from 'axios';
import axiosRetry from 'axios-retry';
import * as rax from 'retry-axios';
import { createReauth } from '../../interceptors/reauth.ts';
import { isReauthError } from '../../interceptors/reauthError.ts';
import { startWireBackend, type WireBackend } from '../support/wireBackend.ts';

/** The settings that docs/recipes.md gives for retry libraries, over a real socket. */
let backend: WireBackend;
beforeEach(async () => void (backend = await startWireBackend()));
afterEach(() => backend.close());

/** A page whose session has no id, with a refresh that waits until `release`. */
function page() {
  const http = axios.create({ baseURL: backend.url });
  let release = () => {};
  let arrived = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const refreshing = new Promise<void>((resolve) => (arrived = resolve));
  const reauth = createReauth({
    refresh: async () => {
      arrived();
      await gate;
      await axios.post(`${backend.url}/refresh`);
      return undefined;
    },
  });
  return { http, reauth, release, refreshing };
}
const posts = () => backend.arrived.filter(({ method }) => method === 'POST').length;

/** A POST is held behind a refresh when another person logs in. */
async function switchPersonWhileHeld(use: (http: AxiosInstance) => void, method: 'post' | 'put' = 'post') {
  const { http, reauth, release, refreshing } = page();
  reauth.attach(http);
  use(http);
  backend.expire();
  const first = http.get('/first').catch(() => {});
  await refreshing;
  const post = http[method]('/mine', { from: 'Ada' });
  post.catch(() => {});
  await new Promise(setImmediate);
  reauth.loggedIn(); // Grace
  release();
  await first;
  return { post };
}

test.each<[string, (http: AxiosInstance) => void]>([
  ['axios-retry with its defaults', (http) => axiosRetry(http)],
  ['axios-retry that retries every error', (http) => axiosRetry(http, { retryCondition: () => true })],
  [
    'retry-axios for every method',
    (http) => {
      Object.assign(http.defaults, {
        raxConfig: { retry: 3, retryDelay: 1, backoffType: 'static', httpMethodsToRetry: ['GET', 'POST'] },
      });
      rax.attach(http);
    },
  ],
  [
    'an interceptor that sends the config of an error once more',
    (http) => {
      let sent = 0;
      http.interceptors.response.use(null, (error: { config: object }) =>
        sent++ ? Promise.reject(error) : http.request(error.config),
      );
    },
  ],
])('%s never sends a request again that a change of person refused', async (_, use) => {
  const { post } = await switchPersonWhileHeld(use);
  await expect(post).rejects.toMatchObject({ code: 'ERR_SESSION_CHANGED' });
  expect(posts()).toBe(0);
});

test('a config that a change of person refused is refused by any other instance too', async () => {
  const { post } = await switchPersonWhileHeld(() => {});
  const { config } = await post.catch((error: { config: object }) => error as { config: object });
  await expect(axios.request(config)).rejects.toMatchObject({ code: 'ERR_SESSION_CHANGED' });
  expect(posts()).toBe(0);
});

test('axios-retry as the recipe sets it retries a network error and leaves every refusal of the engine alone', async () => {
  const onRetry = jest.fn();
  const { http, reauth } = page();
  reauth.attach(http);
  axiosRetry(http, {
    retryCondition: (error) => !isReauthError(error) && axiosRetry.isNetworkOrIdempotentRequestError(error),
    onRetry,
  });
  backend.next((res) => res.destroy());
  expect((await http.get('/a')).data).toBe('/a');
  expect(onRetry).toHaveBeenCalledTimes(1);

  onRetry.mockClear();
  await expect(
    switchPersonWhileHeld(
      (other) =>
        axiosRetry(other, {
          retryCondition: (error) =>
            !isReauthError(error) && axiosRetry.isNetworkOrIdempotentRequestError(error),
          onRetry,
        }),
      'put',
    ).then(({ post }) => post),
  ).rejects.toMatchObject({ code: 'ERR_SESSION_CHANGED' });
  expect(onRetry).not.toHaveBeenCalled();
});

test('axios-retry retries a 503, and the engine refreshes once for its retries', async () => {
  const { http, reauth, release } = page();
  release();
  reauth.attach(http);
  axiosRetry(http);
  backend.next((res) => res.writeHead(503).end());
  backend.expire();
  expect((await http.get('/a')).data).toBe('/a');
  expect(backend.refreshes).toBe(1);
});

test('TanStack Query as the recipe sets it asks once for a query that the engine refused', async () => {
  const client = new QueryClient({
    defaultOptions: {
      queries: { retry: (failures, error) => !isReauthError(error) && failures < 3, retryDelay: 1 },
    },
  });
  const { http, reauth } = page();
  reauth.attach(http);
  reauth.loggedOut();
  const refused = jest.fn(() => http.get('/a'));
  backend.expire();
  await expect(client.fetchQuery({ queryKey: ['a'], queryFn: refused })).rejects.toMatchObject({
    code: 'ERR_SESSION_ENDED',
  });
  expect(refused).toHaveBeenCalledTimes(1);
  client.clear();
});
