import { Pool } from 'undici';
import { Jar } from '../../scripts/soak/jar.ts';

/** One signed-in person at one instance. */
interface Session {
  readonly pool: Pool;
  readonly jar: Jar;
  version: number;
}

export interface Load {
  /** Requests per second that were answered well. */
  readonly perSecond: number;
  readonly requests: number;
}

const HEADERS = { 'X-Reseal': '1', 'Content-Type': 'application/json' };

/** Signs `count` sessions in, spread over the instances in turn, with a connection each. */
export async function signIn(urls: readonly string[], count: number): Promise<Session[]> {
  const pools = urls.map((url) => new Pool(url, { connections: Math.ceil(count / urls.length) }));
  const sessions = Array.from({ length: count }, (_, n) => ({
    pool: pools[n % pools.length]!,
    jar: new Jar(),
    version: 1,
  }));
  for (const session of sessions) {
    const body = JSON.stringify({ username: 'ada', password: 'lovelace' });
    await send(session, { path: '/api/login', method: 'POST', body });
  }
  return sessions;
}

export async function leave(sessions: readonly Session[]): Promise<void> {
  await Promise.all([...new Set(sessions.map(({ pool }) => pool))].map((pool) => pool.destroy()));
}

/** A call through the proxy. */
export const proxied = (session: Session) => send(session, { path: '/api/upstream/me', method: 'GET' });

/** A refresh that presents the refresh token: each session's newest version dies. */
export async function refreshed(session: Session): Promise<void> {
  const body = JSON.stringify({ staleVersion: session.version });
  await send(session, { path: '/api/user', method: 'POST', body });
  session.version += 1;
}

/** Who am I: the seal, one read of the store, no call. */
export const read = (session: Session) => send(session, { path: '/api/user', method: 'GET' });

/** Every session calls again as soon as it was answered, for so many seconds. */
export async function press(
  sessions: readonly Session[],
  call: (session: Session) => Promise<void>,
  seconds: number,
): Promise<Load> {
  let requests = 0;
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  await Promise.all(
    sessions.map(async (session) => {
      while (performance.now() < endMs) {
        await call(session);
        requests += 1;
      }
    }),
  );
  return { requests, perSecond: requests / ((performance.now() - startedMs) / 1000) };
}

async function send(
  { pool, jar }: Session,
  { path, method, body }: { path: string; method: 'GET' | 'POST'; body?: string },
): Promise<void> {
  const headers = { ...HEADERS, ...(jar.header === '' ? {} : { Cookie: jar.header }) };
  const answer = await pool.request({ path, method, headers, body: body ?? null });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`);
  const lines = answer.headers['set-cookie'];
  if (lines !== undefined) jar.store([lines].flat());
}
