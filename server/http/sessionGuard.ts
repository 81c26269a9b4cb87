import { ApiError } from './problem.ts';
import { requireIdentity } from './csrfGuard.ts';
import type { LiveSession } from '../session/resolve.ts';
import type { Exchange, Handler } from './handler.ts';

/** An exchange of somebody who is signed in. */
export interface SessionExchange extends Exchange {
  readonly session: LiveSession;
}

/**
 * Lets a handler see the session that the request brings; it never saves one.
 *
 * Renewing here, at every read, is how a slow request undoes a refresh elsewhere: only login, callback, logout
 * and `POST /api/user` write the cookie.
 *
 * @throws {ApiError} `no_session`, `session_ended`, `session_changed`
 */
export function withSession(handler: (exchange: SessionExchange) => Promise<void> | void): Handler {
  return async (exchange) => {
    const { req, runtime } = exchange;
    const seal = await runtime.seals.open(req.headers.cookie);
    if (!seal) throw new ApiError('no_session');
    // Before anything else is said of it: whose session ended is nobody else's business (P8).
    requireIdentity(req, seal.id);
    const session = await runtime.sessions.read(seal);
    if (session.kind === 'ended') throw new ApiError('session_ended');
    await handler({ ...exchange, session });
  };
}
