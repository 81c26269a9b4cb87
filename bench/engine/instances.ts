import { fork } from 'node:child_process';
import axios, { AxiosError, AxiosHeaders, type AxiosAdapter, type AxiosInstance } from 'axios';
import { NO_IDENTITY, RESEAL_HEADER } from '../../contract/headers.ts';
import { createReauth } from '../../interceptors/reauth.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { createJar } from './jar.ts';

/** What our server wants of every request, engine or not. */
const headers = { [RESEAL_HEADER]: NO_IDENTITY };

/** A way to the backend, the same for an instance with the engine and one without. */
export interface Ground {
  readonly name: string;
  instance(): AxiosInstance;
  expire(): Promise<void>;
  close(): void;
}

/** Over a real socket to another process. */
export async function socketGround(): Promise<Ground> {
  const child = fork(`${import.meta.dirname}/origin.ts`);
  const url = await new Promise<string>((resolve) => child.once('message', (text) => resolve(String(text))));
  const jar = createJar();
  return {
    name: 'socket',
    instance: () => axios.create({ baseURL: url, adapter: jar.adapter, maxRedirects: 0, headers }),
    expire: async () => void (await axios.get(`${url}/expire`)),
    close() {
      jar.agent.destroy();
      child.disconnect();
    },
  };
}

/** In the process: an adapter that answers from the next turn of the event loop. What is left is axios, and us. */
export function adapterGround(): Ground {
  let newest = 1;
  let alive = true;
  let cookie = 1;
  const adapter: AxiosAdapter = async (config) => {
    const version = cookie;
    await new Promise((resolve) => setImmediate(resolve));
    if (config.url === '/refresh') {
      newest += 1;
      cookie = newest;
      alive = true;
    }
    const isExpired = config.url !== '/refresh' && !(alive && version === newest);
    const response = {
      data: config.url === '/refresh' ? { session: { id: 's', version: newest } } : '{"items":[]}',
      status: isExpired ? 401 : 200,
      statusText: '',
      headers: new AxiosHeaders(
        isExpired ? { 'X-Reseal-Reason': 'token_expired', 'X-Reseal-Version': String(version) } : {},
      ),
      config,
    };
    if (isExpired) {
      const message = 'Request failed with status code 401';
      throw new AxiosError(message, AxiosError.ERR_BAD_REQUEST, config, undefined, response);
    }
    return response;
  };
  return {
    name: 'adapter',
    instance: () => axios.create({ adapter, headers }),
    expire: async () => void (alive = false),
    close: () => undefined,
  };
}

/** Puts the engine on an instance. */
export function withEngine(http: AxiosInstance, listens = false): AxiosInstance {
  const reauth = createReauth({
    refresh: async ({ staleVersion, signal }) =>
      (await http.post<SessionInfo>('/refresh', { staleVersion }, { signal })).data,
    readHint: () => null,
    lock: (work) => work(),
    limits: { queue: 1_000_000 },
    ...(listens ? { onEvent: () => undefined } : {}),
  });
  reauth.attach(http);
  return http;
}
