import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { readJson } from '../http/body.ts';
import { json } from '../http/problem.ts';
import type { SessionHandler } from '../http/sessionGuard.ts';
import type { ServeRefresh } from '../refresh/serve.ts';
import type { SessionCookies } from '../session/cookies.ts';
import type { SessionList } from '../session/list.ts';
import type { Sessions } from '../session/resolve.ts';
import { ownVersion } from '../session/tokens.ts';

const refreshRequest = z.object({ staleVersion: z.int().min(0).optional() });

/** `GET /api/user`: says who is logged in. Never calls the issuer, never writes a cookie. */
export function createWhoAmI(sessions: Sessions): SessionHandler {
  return (_exchange, session) => json(sessions.describe(session));
}

export interface RefreshUserOptions {
  readonly serveRefresh: ServeRefresh;
  readonly cookies: SessionCookies;
  readonly sessions: Sessions;
  readonly list: SessionList;
  readonly clock: Clock;
}

/**
 * `POST /api/user`: refreshes and reseals. Only a 200 has cookies: a refusal that cleared them would undo what another
 * tab has just refreshed.
 *
 * Throws `invalid_request`, `session_ended`, `upstream_unavailable`, `misconfigured`, `session_too_large`.
 */
export function createRefreshUser(options: RefreshUserOptions): SessionHandler {
  const { serveRefresh, cookies, sessions, list, clock } = options;
  return async (exchange, session) => {
    const { staleVersion } = await readJson(exchange, refreshRequest);
    // Who names no version means the session's own token, as its cookie has it.
    const own = { version: ownVersion(session.seal), name: null };
    const stale = staleVersion === undefined ? own : { version: staleVersion };
    const outcome = await serveRefresh(session, stale, exchange.requestId);
    const { seal, version, pair, endsAtMs } = outcome.session;
    const resealed = { ...seal, version, pair };
    const written = await cookies.seal(exchange.headers.cookie, resealed, endsAtMs - clock.now());
    if (outcome.kind !== 'limited' && outcome.kind !== 'resource refused')
      void list.note(seal, exchange, pair.refreshedAtMs);
    return json(sessions.describe(outcome.session), written);
  };
}
