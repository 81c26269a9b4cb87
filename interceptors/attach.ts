import {
  getAdapter,
  type AxiosAdapter,
  type AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { NO_IDENTITY, RESEAL_HEADER } from '../contract/headers.ts';
import type { Engine } from './engine.ts';
import { exchange } from './exchange.ts';
import { isOurs, requestUrl } from './requestUrl.ts';

/**
 * Makes the `attach` of one engine; any number of axios instances may share it.
 *
 * The refresh may use one of them, and must not wait for itself. Its requests are known by being made while
 * `refresh` is being called (`isCalling`), or by its signal (`isOwn`).
 */
export function createAttach(
  engine: Engine,
  isCalling: () => boolean,
  isOwn: (signal: unknown) => boolean,
): (http: AxiosInstance) => () => void {
  const { emit } = engine;
  const { appliesTo = isOurs } = engine.options;
  const guarded = new WeakSet<object>();
  let sequence = 0;

  function carry(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const url = requestUrl(config);
    if (!appliesTo(url)) return adapter(config);
    const { name, session } = engine.state;
    const own = config.headers.get(RESEAL_HEADER);
    // An identity that is there already stays: whoever sends an old config again means the old session.
    if (!own || (own === NO_IDENTITY && config.reauth !== false))
      config.headers.set(RESEAL_HEADER, (name !== 'ended' && session.id) || NO_IDENTITY);
    if (config.reauth === false || isOwn(config.signal)) return adapter(config);
    const ticket = ++sequence;
    if (!emit) return exchange(engine, adapter, config, ticket);

    const settled = (status: number | null = null, code: string | null = null) =>
      emit({ type: 'requestSettled', id: ticket, status, code });
    const method = (config.method ?? 'get').toUpperCase();
    emit({ type: 'requestSent', id: ticket, method, url: url.replace(/[?#].*/s, '') });
    return exchange(engine, adapter, config, ticket).then(
      (response) => {
        settled(response.status);
        return response;
      },
      (error: AxiosError) => {
        settled(error?.response?.status, error?.code);
        throw error;
      },
    );
  }

  return (http) => {
    const id = http.interceptors.request.use(
      (config) => {
        const { adapter } = config;
        if (guarded.has(adapter as object)) return config;
        // The adapter is put back before it is asked: a config that is sent again is guarded anew, by
        // whatever guards its instance then.
        const guard: AxiosAdapter = async (final) => {
          if (adapter) final.adapter = adapter;
          return carry(getAdapter(adapter, final), final);
        };
        guarded.add(guard);
        config.adapter = guard;
        return config;
      },
      null,
      {
        synchronous: true,
        // axios asks this within the call of http.request(), before any asynchronous interceptor.
        runWhen: (config) => {
          if (isCalling()) config.reauth = false;
          return true;
        },
      },
    );
    return () => http.interceptors.request.eject(id);
  };
}
