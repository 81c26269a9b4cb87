import axios, {
  type AxiosAdapter,
  type AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { NO_IDENTITY, RESEAL_HEADER } from '../contract/headers.ts';
import { exchange } from './axios/exchange.ts';
import type { Engine } from './engine.ts';

/** After so many final refusals in a row only a write that is accepted is taken for a login, no longer a read. */
const REFUSALS = 3;

/**
 * Creates the `attach` of one engine; any number of axios instances may share it.
 *
 * @throws {Error} where axios is older than 1.5
 */
export function createAttach(engine: Engine): (http: AxiosInstance) => () => void {
  const { emit } = engine;
  const { appliesTo = isOurs } = engine.options;
  const guarded = Symbol(); // marks an adapter that this engine has wrapped
  let sequence = 0;

  function carry(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const { headers, reauth, signal, method = 'get' } = config;
    const url = requestUrl(config);
    if (!appliesTo(url)) return adapter(config);
    const { name, session } = engine.state;
    // An identity that is there already stays: a config that is sent again means the session that it was made in.
    const own = headers.get(RESEAL_HEADER);
    if (!own || (own === NO_IDENTITY && reauth !== false)) {
      const identity = (name !== 'ended' && (engine.identity ?? session.id)) || NO_IDENTITY;
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

  /** Carries a request of an engine whose session has ended: one that is accepted may be the new login. */
  async function carryAfterEnd(adapter: AxiosAdapter, config: InternalAxiosRequestConfig) {
    const { epoch } = engine.state;
    const response = await carry(adapter, config);
    const isRead = /^(get|head|options)?$/i.test(config.method ?? '');
    if (epoch === engine.state.epoch && response.status < 300 && !(isRead && engine.refusals >= REFUSALS))
      engine.dispatch({ type: 'accepted' });
    return response;
  }

  return (http) => {
    if (!axios.getAdapter) throw new Error(`This is axios ${axios.VERSION}, not 1.5 or later`);
    const id = http.interceptors.request.use(
      (config) => {
        const { adapter } = config;
        if (guarded in Object(adapter)) return config;
        // The adapter is put back before it is asked: a config that is sent again is wrapped again, by the engine
        // that its instance has then.
        const guard: AxiosAdapter & { [guarded]?: true } = (final) => {
          if (adapter) final.adapter = adapter;
          const resolved = axios.getAdapter(adapter, final);
          return engine.state.name === 'ended' ? carryAfterEnd(resolved, final) : carry(resolved, final);
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

/** Joins `baseURL` and `url` as axios does, without the parameters. `url` may be a `URL` object. */
const requestUrl = ({ url = '', baseURL = '', allowAbsoluteUrls }: InternalAxiosRequestConfig): string =>
  !baseURL || (allowAbsoluteUrls !== false && /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url))
    ? `${url}`
    : baseURL.replace(/\/?$/, url && '/') + `${url}`.replace(/^\/+/, '');

/** Reports whether `url` is of the page's own origin; without a page there is no other. */
export function isOurs(url: string): boolean {
  if (typeof location === 'undefined') return true;
  try {
    // `location` does not name the origin of a srcdoc or blob document; `origin` and `baseURI` do.
    return new URL(url, globalThis.document?.baseURI ?? location.href).origin === globalThis.origin;
  } catch {
    return false;
  }
}
