import axios, {
  AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { Agent } from 'node:http';
import { browserAdapter, Jar } from '../../scripts/soak/jar.ts';

/** Longer than a request may take to be called answered or refused. */
export const HANGS_AFTER_MS = 10_000;

/** A jar whose requests leave with the cookies of an earlier moment; what comes back goes where it always goes. */
class EarlierJar extends Jar {
  readonly #now: Jar;
  readonly #header: string;
  constructor(now: Jar) {
    super();
    this.#now = now;
    this.#header = now.header;
  }
  override get header(): string {
    return this.#header;
  }
  override store(lines: readonly string[]): void {
    this.#now.store(lines);
  }
}

type Strikes = (config: InternalAxiosRequestConfig) => boolean;

export interface Browser {
  readonly http: AxiosInstance;
  readonly jar: Jar;
  /** Goes to an address and on to where it redirects, as `person` where someone asks. */
  visit(url: string, person: string, form?: Record<string, string>): Promise<AxiosResponse>;
  /** The next request that `strikes` names loses its connection, and with it the answer, at the signal. */
  cutNext(signal: AbortSignal, strikes?: Strikes): void;
  /** The same browser, whose requests carry the cookies of now, however late they are sent. */
  earlier(): Browser;
  close(): void;
}

/** Opens a browser on an app: one cookie jar, real sockets. Every status is an answer unless `strict`. */
export function openBrowser(baseURL: string, { strict = false, jar = new Jar() } = {}): Browser {
  const agent = new Agent({ keepAlive: true });
  const send = browserAdapter(jar, () => null);
  let cut: { signal: AbortSignal; strikes: Strikes } | null = null;
  const http = axios.create({
    baseURL,
    httpAgent: agent,
    maxRedirects: 0,
    timeout: HANGS_AFTER_MS,
    async adapter(config) {
      if (!cut?.strikes(config)) return send(config);
      const { signal } = cut;
      cut = null;
      const both = config.signal ? AbortSignal.any([config.signal as AbortSignal, signal]) : signal;
      return send({ ...config, signal: both }).catch((error: unknown) => {
        throw signal.aborted ? new AxiosError('Network Error', 'ERR_NETWORK', config) : error;
      });
    },
    ...(strict ? {} : { validateStatus: () => true }),
  });
  return {
    http,
    jar,
    async visit(url, person, form) {
      const headers = { 'X-Person': person };
      let answer = form
        ? await http.post(url, new URLSearchParams(form), { headers })
        : await http.get(url, { headers });
      for (let hops = 0, at = new URL(url, baseURL); hops < 8 && answer.headers['location']; hops += 1) {
        at = new URL(String(answer.headers['location']), at);
        answer = await http.get(at.href, { headers });
      }
      return answer;
    },
    cutNext(signal, strikes = () => true) {
      cut = { signal, strikes };
    },
    earlier: () => openBrowser(baseURL, { strict, jar: new EarlierJar(jar) }),
    close: () => agent.destroy(),
  };
}
