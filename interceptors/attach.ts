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

/** Makes the `attach` of one engine; any number of axios instances may share it. */
export function createAttach(engine: Engine): (http: AxiosInstance) => () => void {
  const { emit } = engine;
  const { appliesTo = isOurs } = engine.options;
  const guarded = Symbol(); // on an adapter: already this engine's
  let sequence = 0;

  function carry(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const { headers, reauth, signal, method = 'get' } = config;
    const url = requestUrl(config);
    if (!appliesTo(url)) return adapter(config);
    const { name, session } = engine.state;
    // An identity that is there already stays: whoever sends an old config again means the old session.
    const own = headers.get(RESEAL_HEADER);
    if (!own || (own === NO_IDENTITY && reauth !== false)) {
      const identity = (name !== 'ended' && (engine.told ?? session.id)) || NO_IDENTITY;
      if (identity !== own) headers.set(RESEAL_HEADER, identity);
    }
    // A part of the refresh must not wait for the refresh.
    if (reauth === false || (signal && signal === engine.signal)) return adapter(config);

    const id = ++sequence;
    emit?.({ type: 'requestSent', id, method: method.toUpperCase(), url: url.replace(/[?#].*/s, '') });
    const answer = exchange(engine, adapter, config, id);
    if (!emit) return answer;
    const settled = (response?: AxiosResponse, error?: AxiosError) =>
      emit({ type: 'requestSettled', id, status: response?.status ?? null, code: error?.code ?? null });
    answer.then(settled, (error?: AxiosError) => settled(error?.response, error));
    return answer;
  }

  return (http) => {
    const id = http.interceptors.request.use(
      (config) => {
        const { adapter } = config;
        if (guarded in Object(adapter)) return config;
        // The adapter is put back before it is asked: a config that is sent again is guarded anew, by
        // whatever guards its instance then.
        const guard: AxiosAdapter & { [guarded]?: true } = (final) => {
          if (adapter) final.adapter = adapter;
          return carry(getAdapter(adapter, final), final);
        };
        guard[guarded] = true;
        config.adapter = guard;
        return config;
      },
      null,
      {
        synchronous: true,
        // axios asks this within the call of http.request(), before any asynchronous interceptor.
        runWhen: (config) => {
          if (engine.calling) config.reauth = false;
          return true;
        },
      },
    );
    return () => http.interceptors.request.eject(id);
  };
}

/** Joins `baseURL` and `url` as axios does, without the parameters. */
const requestUrl = ({ url = '', baseURL = '' }: InternalAxiosRequestConfig): string =>
  !baseURL || /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url)
    ? url
    : baseURL.replace(/\/?$/, url && '/') + url.replace(/^\/+/, '');

/** Tells whether `url` is of the page's own origin; without a page there is no other. */
export const isOurs = (url: string): boolean =>
  typeof location === 'undefined' || new URL(url, location.href).origin === location.origin;
