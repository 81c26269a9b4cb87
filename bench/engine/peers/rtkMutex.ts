import { configureStore, createAction } from '@reduxjs/toolkit';
import { createApi, fetchBaseQuery, type BaseQueryFn } from '@reduxjs/toolkit/query';
import { Mutex } from 'async-mutex';
import axios, { type AxiosError, type AxiosInstance, type AxiosRequestConfig } from 'axios';
import { createJar } from '../jar.ts';
import { failure, type Call, type Client, type Peer } from './peer.ts';

const loggedOut = createAction('loggedOut');

/**
 * The recipe of the RTK Query docs against multiple refreshes, around any base query.
 *
 * @see https://redux-toolkit.js.org/rtk-query/usage/customizing-queries#preventing-multiple-unauthorized-errors
 */
function withReauth<A>(baseQuery: BaseQueryFn<A>, refresh: A): BaseQueryFn<A> {
  const mutex = new Mutex();
  return async (args, api, extra) => {
    await mutex.waitForUnlock();
    let result = await baseQuery(args, api, extra);
    if ((result.error as { status?: unknown } | undefined)?.status !== 401) return result;
    if (mutex.isLocked()) {
      await mutex.waitForUnlock();
      return baseQuery(args, api, extra);
    }
    const release = await mutex.acquire();
    try {
      const refreshed = await baseQuery(refresh, api, extra);
      if (refreshed.data) result = await baseQuery(args, api, extra);
      else api.dispatch(loggedOut());
    } finally {
      release();
    }
    return result;
  };
}

function clientOf<A>(
  baseQuery: BaseQueryFn<A>,
  argsOf: (call: Call) => A,
  http: AxiosInstance | null,
  close: () => void,
): Client {
  let logouts = 0;
  const api = createApi({
    baseQuery,
    endpoints: (build) => ({ call: build.mutation<unknown, Call>({ query: argsOf }) }),
  });
  const store = configureStore({
    reducer: {
      [api.reducerPath]: api.reducer,
      logouts: (state = 0, action) => {
        if (loggedOut.match(action)) logouts += 1;
        return state;
      },
    },
    middleware: (defaults) =>
      defaults({ serializableCheck: false, immutableCheck: false }).concat(api.middleware),
  });
  return {
    async send(call) {
      const sent = store.dispatch(api.endpoints.call.initiate(call));
      call.signal?.addEventListener('abort', () => sent.abort());
      return sent.unwrap().then(() => ({ kind: 'answered', status: 200 }) as const, failure);
    },
    get logouts() {
      return logouts;
    },
    http,
    close,
  };
}

export const rtkFetch: Peer = {
  name: 'RTK mutex recipe, fetch',
  note: '`fetchBaseQuery` and async-mutex',
  tellsVersion: false,
  create(url) {
    const jar = createJar();
    const baseQuery = withReauth(fetchBaseQuery({ baseUrl: url, fetchFn: jar.fetch }), {
      url: '/refresh',
      method: 'POST',
    });
    const argsOf = ({ path, body, timeoutMs, transform }: Call) => ({
      url: path,
      method: body === undefined ? 'GET' : 'POST',
      body: transform ? transform(body) : body,
      ...(timeoutMs ? { timeout: timeoutMs } : {}),
      ...(isStream(body) ? { duplex: 'half' } : {}),
    });
    return clientOf(baseQuery as BaseQueryFn, argsOf, null, () => jar.agent.destroy());
  },
};

/** The docs' `axiosBaseQuery`, with the thunk's signal handed on, which the docs leave out. */
export const rtkAxios: Peer = {
  name: 'RTK mutex recipe, axios',
  note: '`axiosBaseQuery` and async-mutex; the signal handed on, which the docs leave out',
  tellsVersion: false,
  create(url) {
    const jar = createJar();
    const http = axios.create({ baseURL: url, adapter: jar.adapter, maxRedirects: 0 });
    const axiosBaseQuery: BaseQueryFn<AxiosRequestConfig> = async (config, { signal }) => {
      try {
        return { data: (await http({ ...config, signal })).data };
      } catch (thrown) {
        const { response, message, code } = thrown as AxiosError;
        return { error: { status: response?.status ?? code, data: response?.data ?? message } };
      }
    };
    const argsOf = ({ path, body, timeoutMs, transform }: Call): AxiosRequestConfig => ({
      url: path,
      method: body === undefined ? 'get' : 'post',
      data: body,
      ...(timeoutMs ? { timeout: timeoutMs } : {}),
      ...(transform ? { transformRequest: [transform] } : {}),
    });
    const baseQuery = withReauth<AxiosRequestConfig>(axiosBaseQuery, { url: '/refresh', method: 'post' });
    return clientOf(baseQuery, argsOf, http, () => jar.agent.destroy());
  },
};

const isStream = (body: unknown) => typeof (body as { pipe?: unknown } | null)?.pipe === 'function';
