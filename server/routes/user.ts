import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { readJson } from '../http/body.ts';
import { deviceOf } from '../http/device.ts';
import { ApiError, json, retryAfter } from '../http/problem.ts';
import type { SessionHandler } from '../http/sessionGuard.ts';
import type { Coordinator } from '../refresh/coordinator.ts';
import type { SessionCookies } from '../session/cookies.ts';
import type { SessionList } from '../session/list.ts';
import type { Sessions } from '../session/resolve.ts';

const refreshRequest = z.object({ staleVersion: z.int().min(0).optional() });

/** `GET /api/user`: says who is logged in. Never calls the issuer, never writes a cookie. */
export function createWhoAmI(sessions: Sessions): SessionHandler {
  return (_exchange, session) => json(sessions.describe(session));
}

export interface RefreshUserOptions {
  readonly coordinator: Coordinator;
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
  const { coordinator, cookies, sessions, list, clock } = options;
  return async (exchange, session) => {
    const { staleVersion = session.seal.version } = await readJson(exchange, refreshRequest);
    const outcome = await coordinator.refresh(session, staleVersion, exchange.requestId);
    switch (outcome.kind) {
      case 'refreshed':
      case 'already fresh':
      case 'limited': {
        const { seal, version, pair, endsAtMs } = outcome.session;
        const resealed = { ...seal, version, pair };
        const written = await cookies.seal(exchange.headers.cookie, resealed, endsAtMs - clock.now());
        if (outcome.kind !== 'limited') void list.note(seal, deviceOf(exchange), pair.refreshedAtMs);
        return json(sessions.describe(outcome.session), written);
      }
      case 'transient':
        throw new ApiError('upstream_unavailable', { headers: retryAfter(outcome.retryAfterMs) });
      case 'client refused':
        throw new ApiError('misconfigured');
      case 'ended':
        throw new ApiError('session_ended', { endReason: outcome.reason });
      default:
        return outcome satisfies never;
    }
  };
}
