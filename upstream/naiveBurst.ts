/** What happened to one request, in milliseconds since the burst began. */
export interface NaiveMark {
  readonly phase: 'sent' | 'expired' | 'waiting' | 'replayed' | 'answered' | 'failed';
  readonly atMs: number;
}

/** How a burst went without Reseal. */
export interface NaiveRun {
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    /** The status, or `no answer`. */
    readonly outcome: string;
    readonly marks: readonly NaiveMark[];
  }[];
  readonly refreshes: readonly {
    readonly startedAtMs: number;
    readonly endedAtMs: number;
    readonly succeeded: boolean;
  }[];
  /** The issuer refused the refresh token for good: the person would have to log in again. */
  readonly sessionLost: boolean;
}

export interface NaiveOrder {
  readonly method: string;
  readonly path: string;
  readonly count: number;
}

/** What the burst needs of the backend that is started for it. */
export interface NaiveBackend {
  readonly url: string;
  readonly expireAccessTokens: () => void;
  readonly close: () => Promise<void>;
}

/** The person of the burst, who has no other session. */
export const NAIVE_ACCOUNT = { id: 'naive', username: 'naive', password: 'naive', name: 'Without Reseal' };

/** A naive burst may hang for ever; the lab shows what happened by then. */
const LIMIT_MS = 6000;

/**
 * Sends a burst over HTTP through the interceptor that many apps have, to a backend started for it: what it breaks
 * there, its session and its counts, is of no other backend.
 */
export async function runNaiveBurst(
  { method, path, count }: NaiveOrder,
  start: () => Promise<NaiveBackend>,
): Promise<NaiveRun> {
  const backend = await start();
  try {
    const { username, password } = NAIVE_ACCOUNT;
    const login = await post(`${backend.url}/auth/login`, { username, password });
    const client = createNaiveClient(backend.url, (await login.json()) as Tokens);
    backend.expireAccessTokens();
    const requests = await Promise.all(Array.from({ length: count }, () => client.send(method, path)));
    return { requests, refreshes: client.refreshes, sessionLost: client.isLost() };
  } finally {
    await backend.close();
  }
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/**
 * Keeps both tokens, refreshes on each 401 with the refresh token it holds, and sends the request again. Nothing makes
 * several refreshes one, so a strict issuer sees the same refresh token twice and revokes the session.
 *
 * @see RFC 9700 §4.14.2 (refresh token reuse)
 */
function createNaiveClient(url: string, tokens: Tokens) {
  const startedAt = performance.now();
  const now = () => Math.round((performance.now() - startedAt) * 10) / 10;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const refreshes: NaiveRun['refreshes'][number][] = [];
  let held = tokens;
  let isLost = false;

  const call = (method: string, path: string) =>
    fetch(url + path, {
      method,
      signal,
      headers: { authorization: `Bearer ${held.access_token}`, 'content-type': 'application/json' },
      ...(/^(get|head)$/i.test(method) ? {} : { body: '{"text":"sent from the lab"}' }),
    });
  const refresh = async () => {
    const startedAtMs = now();
    const answer = await post(`${url}/auth/refresh`, { refresh_token: held.refresh_token }, signal).catch(
      () => null,
    );
    const next = answer?.ok ? ((await answer.json().catch(() => null)) as Tokens | null) : null;
    if (answer?.status === 400) isLost = true;
    if (next) held = { ...held, ...next };
    refreshes.push({ startedAtMs, endedAtMs: now(), succeeded: next !== null });
    return next !== null;
  };

  return {
    refreshes,
    isLost: () => isLost,
    async send(method: string, path: string): Promise<NaiveRun['requests'][number]> {
      const marks: NaiveMark[] = [{ phase: 'sent', atMs: now() }];
      const mark = (phase: NaiveMark['phase']) => marks.push({ phase, atMs: now() });
      const settle = (phase: 'answered' | 'failed', outcome: string) => {
        mark(phase);
        return { method, path, outcome, marks };
      };
      try {
        let answer = await call(method, path);
        if (answer.status === 401) {
          mark('expired');
          mark('waiting');
          if (await refresh()) {
            mark('replayed');
            answer = await call(method, path);
          }
        }
        await answer.arrayBuffer();
        return settle(answer.ok ? 'answered' : 'failed', String(answer.status));
      } catch {
        return settle('failed', 'no answer');
      }
    },
  };
}

const post = (url: string, body: object, signal: AbortSignal | null = null): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
