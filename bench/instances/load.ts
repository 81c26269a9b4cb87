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

let people = 0;

/** Signs `count` people in, spread over the instances in turn, with so many connections in all. */
export async function signIn(urls: readonly string[], count: number, atOnce: number): Promise<Session[]> {
  const pools = urls.map((url) => new Pool(url, { connections: Math.ceil(atOnce / urls.length) }));
  const sessions = Array.from({ length: count }, (_, n) => ({
    pool: pools[n % pools.length]!,
    jar: new Jar(),
    version: 1,
  }));
  await inTurns(sessions, atOnce, async (session) => {
    people += 1;
    const body = JSON.stringify({ username: `person-${people}`, password: 'a password' });
    await send(session, { path: '/api/login', method: 'POST', body });
  });
  return sessions;
}

export async function leave(sessions: readonly Session[]): Promise<void> {
  await Promise.all([...new Set(sessions.map(({ pool }) => pool))].map((pool) => pool.destroy()));
}

/** A call through the proxy. */
export const proxied = (session: Session) => send(session, { path: '/api/upstream/me', method: 'GET' });

/** A refresh that presents the refresh token: the session's newest version dies. */
export async function refreshed(session: Session): Promise<void> {
  const body = JSON.stringify({ staleVersion: session.version });
  const text = await send(session, { path: '/api/user', method: 'POST', body });
  const { version } = (JSON.parse(text) as { session: { version: number } }).session;
  // A session that refreshes too often is answered from its record: that is not what is measured.
  if (version !== session.version + 1) throw new Error(`Version ${session.version} became ${version}.`);
  session.version = version;
}

/** Who am I: the seal, one read of the store, no call. */
export const read = (session: Session) => send(session, { path: '/api/user', method: 'GET' });

/** Every session calls once for each of `times`, so many of them at a time. */
export async function press(
  sessions: readonly Session[],
  call: (session: Session) => Promise<unknown>,
  { times, atOnce }: { readonly times: number; readonly atOnce: number },
): Promise<Load> {
  const startedMs = performance.now();
  for (let time = 0; time < times; time += 1) await inTurns(sessions, atOnce, call);
  const requests = times * sessions.length;
  return { requests, perSecond: requests / ((performance.now() - startedMs) / 1000) };
}

async function inTurns<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<unknown>) {
  const left = [...all];
  const worker = async () => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function send(
  { pool, jar }: Session,
  { path, method, body }: { path: string; method: 'GET' | 'POST'; body?: string },
): Promise<string> {
  const headers = { ...HEADERS, ...(jar.header === '' ? {} : { Cookie: jar.header }) };
  const answer = await pool.request({ path, method, headers, body: body ?? null });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`);
  const lines = answer.headers['set-cookie'];
  if (lines !== undefined) jar.store([lines].flat());
  return text;
}
