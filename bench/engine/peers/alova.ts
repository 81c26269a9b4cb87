import { axiosRequestAdapter, type AxiosRequestAdapter } from '@alova/adapter-axios';
import { createAlova, type StatesExport, type StatesHook } from 'alova';
import { createServerTokenAuthentication } from 'alova/client';
import axios, { type AxiosError, type AxiosResponse } from 'axios';
import { createJar } from '../jar.ts';
import { failure, type Peer } from './peer.ts';

/**
 * Server-side detection over its axios adapter, as in its docs: a refresh that fails goes to the login page.
 *
 * @see https://alova.js.org/tutorial/client/strategy/token-authentication
 */
export const alova: Peer = {
  name: 'alova',
  note: '`createServerTokenAuthentication` over its axios adapter, caching and request sharing off',
  tellsVersion: false,
  create(url) {
    const jar = createJar();
    let logouts = 0;
    const http = axios.create({ adapter: jar.adapter, maxRedirects: 0 });
    const { onAuthRequired, onResponseRefreshToken } = createServerTokenAuthentication<
      StatesHook<StatesExport<unknown>>,
      AxiosRequestAdapter
    >({
      refreshTokenOnError: {
        isExpired: (error: AxiosError) => error.response?.status === 401,
        handler: async () => {
          try {
            const refresh = instance.Post('/refresh', {});
            refresh.meta = { authRole: 'refreshToken' };
            await refresh;
          } catch (error) {
            logouts += 1; // the docs: location.href = '/login'
            throw error;
          }
        },
      },
    });
    const instance = createAlova({
      baseURL: url,
      requestAdapter: axiosRequestAdapter({ axios: http }),
      cacheFor: null,
      shareRequest: false,
      beforeRequest: onAuthRequired(),
      responded: onResponseRefreshToken({
        onSuccess: (response: AxiosResponse) => response.status,
        onError: (error: unknown) => {
          throw error;
        },
      }),
    });
    return {
      async send({ path, body, signal, timeoutMs, transform }) {
        const config = {
          ...(timeoutMs ? { timeout: timeoutMs } : {}),
          ...(transform ? { transformRequest: [transform] } : {}),
        };
        const method =
          body === undefined ? instance.Get(path, config) : instance.Post(path, body as object, config);
        signal?.addEventListener('abort', () => method.abort());
        return Promise.resolve(method).then(
          (status) => ({ kind: 'answered', status: Number(status) }),
          failure,
        );
      },
      get logouts() {
        return logouts;
      },
      http,
      close: () => jar.agent.destroy(),
    };
  },
};
