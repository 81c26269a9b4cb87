import { AxiosError, CanceledError, type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import { NO_IDENTITY, RESEAL_HEADER } from '../../contract/headers.ts';
import type { Hint } from '../../contract/hint.ts';
import { PROBLEMS, type ProblemCode } from '../../contract/problem.ts';
import type { SessionInfo } from '../../contract/user.ts';
import type { RefreshCall } from '../reauthOptions.ts';
import { answer, refusal, settle } from './answers.ts';
import { createGates } from './gates.ts';

/** A request as it reached the backend. */
export interface Arrival {
  readonly url: string;
  readonly method: string;
  readonly identity: string;
  readonly data: unknown;
  readonly config: InternalAxiosRequestConfig;
  /** The session and version it was answered for; null without a session. */
  readonly session: Hint | null;
  readonly status: number;
}

/** What the next refresh does: succeed, be refused with a code, lose its answer, or never answer. */
export type RefreshScript = 'ok' | 'lost' | 'hang' | ProblemCode | (() => unknown);

const user = { id: 'ada', name: 'Ada' };

/**
 * Creates a backend in memory that speaks the wire of docs/wire.md through an axios adapter: one cookie jar, one session at a time.
 *
 * `expire()` kills the access token, `hold(url)` holds one answer back, `refreshes` counts, `arrivals` lists.
 */
export function createBackend(first: Hint | null = { id: 's1', version: 1 }) {
  const arrivals: Arrival[] = [];
  const { hold, pass } = createGates();
  const scripts: RefreshScript[] = [];
  let jar = first;
  let expired = false;
  let deaths = 0;
  let lifeMs = 60_000;
  let refreshes = 0;
  let running = 0;
  let logins = 1;
  let peak = 0;
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };

  const info = ({ id, version }: Hint): SessionInfo => ({
    user,
    session: { id, version, expiresInMs: lifeMs, endsInMs: 600_000 },
  });

  function judge(identity: string): ProblemCode | null {
    if (identity !== NO_IDENTITY && identity !== jar?.id) return jar ? 'session_changed' : 'no_session';
    if (!jar) return 'no_session';
    return expired ? 'token_expired' : null;
  }

  const adapter: AxiosAdapter = async (config) => {
    if (config.signal?.aborted) throw new CanceledError(undefined, config);
    const url = config.url ?? '';
    if (deaths) {
      deaths--;
      expired = true;
    }
    const identity = String(config.headers.get(RESEAL_HEADER) ?? '');
    const code = judge(identity);
    const status = code ? PROBLEMS[code].status : 200;
    const session = jar && { ...jar };
    const method = config.method ?? 'get';
    arrivals.push({ url, method, identity, data: config.data, config, session, status });
    await pass(url, config.signal);
    return settle(answer(config, code, session?.version, JSON.stringify({ url, session })));
  };

  async function refresh({ staleVersion, signal }: RefreshCall): Promise<SessionInfo> {
    refreshes++;
    running++;
    peak = Math.max(peak, running);
    try {
      const script = scripts.shift() ?? 'ok';
      const before = jar;
      await pass('refresh', signal);
      if (typeof script === 'function') return (await script()) as SessionInfo;
      if (script === 'hang')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      if (script !== 'ok' && script !== 'lost' && script !== 'hang') throw refusal(script);
      if (signal.aborted) throw signal.reason;
      if (!jar || jar.id !== before?.id) throw refusal(jar ? 'session_changed' : 'no_session');
      if (jar.version <= staleVersion || expired) {
        jar = { ...jar, version: jar.version + 1 };
        expired = false;
        changed();
      }
      if (script === 'lost') throw new AxiosError('Network Error', AxiosError.ERR_NETWORK);
      return info(jar);
    } finally {
      running--;
    }
  }

  return {
    adapter,
    refresh,
    arrivals,
    /** Kills the access token; the session lives. */
    expire: () => void (expired = true),
    /** Refreshes as another tab does, at once: the version rises, and every tab's hint with it. */
    moveOn(): void {
      if (jar) jar = { ...jar, version: jar.version + 1 };
      expired = false;
      changed();
    },
    /** Kills the access token again and again: as each of the next `count` requests arrives. */
    expireOnArrival: (count: number) => void (deaths = count),
    /** Sets the life that the answers to coming refreshes name; 60 s at first. */
    setLife: (ms: number) => void (lifeMs = ms),
    /** Logs in: puts a new session into the jar, in the place of the one that was there. */
    login(): SessionInfo {
      jar = { id: `s${++logins}`, version: 1 };
      expired = false;
      changed();
      return info(jar);
    },
    logout(): void {
      jar = null;
      changed();
    },
    /** Answers whose session is in the jar: `GET /api/user`. */
    async whoAmI(): Promise<SessionInfo> {
      if (!jar) throw refusal('no_session');
      return info(jar);
    },
    readHint: (): Hint | null => jar && { id: jar.id, version: jar.version },
    watchers,
    /** Holds back the next answer to `url`; `'refresh'` holds the next refresh. */
    hold,
    /** Sets what the coming refreshes do; after these, they succeed. */
    script: (...next: RefreshScript[]) => void scripts.push(...next),
    get refreshes() {
      return refreshes;
    },
    /** How many refreshes run now. */
    get running() {
      return running;
    },
    /** The most refreshes that ever ran at the same time. */
    get peak() {
      return peak;
    },
  };
}

export type Backend = ReturnType<typeof createBackend>;
