import type { SessionCookies } from '../session/cookies.ts';
import type { LiveSession, Sessions } from '../session/resolve.ts';
import { requireIdentity } from './csrfGuard.ts';
import type { Exchange, Handler, Reply } from './exchange.ts';
import { ApiError } from './problem.ts';

/** Answers a request that brings a live session. */
export type SessionHandler = (exchange: Exchange, session: LiveSession) => Promise<Reply> | Reply;

interface SessionParts {
  readonly cookies: SessionCookies;
  readonly sessions: Sessions;
}

/** Finds the live session that a request brings. */
export type FindSession = (exchange: Pick<Exchange, 'headers'>) => Promise<LiveSession>;

/**
 * Makes what finds the live session that a request brings.
 *
 * The function it returns throws `no_session`, `session_ended` and `session_changed`.
 */
export function createSessionFinder({ cookies, sessions }: SessionParts): FindSession {
  return async (exchange) => {
    const seal = await cookies.open(exchange.headers.cookie);
    if (!seal) throw new ApiError('no_session');
    // Before anything else is said about it: a caller of another session must not learn that this one ended (P8).
    requireIdentity(exchange, seal.id);
    const session = await sessions.read(seal);
    if (session.kind === 'ended') throw new ApiError('session_ended', { endReason: session.reason });
    return session;
  };
}

/**
 * Makes what gives a handler the session that the request brings; it never saves one.
 *
 * Refreshing here, at every read, is how a slow request undoes a refresh elsewhere: only login, callback, logout
 * and `POST /api/user` write the cookie.
 *
 * The handler it returns throws what {@link createSessionFinder} throws.
 */
export function createSessionGuard(findSession: FindSession) {
  return function withSession(handler: SessionHandler): Handler {
    return async (exchange) => handler(exchange, await findSession(exchange));
  };
}
