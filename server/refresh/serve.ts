import { ApiError, retryAfter } from '../http/problem.ts';
import type { LiveSession } from '../session/resolve.ts';
import type { Stale } from '../session/tokens.ts';
import type { Coordinator } from './coordinator.ts';
import type { Outcome } from './perform.ts';

/** An outcome with a session that the caller can use. */
export type Served = Extract<Outcome, { readonly session: LiveSession }>;

/** Refreshes a token of a session that expired, for a request. */
export type ServeRefresh = (session: LiveSession, stale: Stale, requestId: string) => Promise<Served>;

/**
 * Makes what refreshes for a request: the outcome, or the error that the request is answered with.
 *
 * The function it returns throws `upstream_unavailable`, `misconfigured` and `session_ended`.
 */
export function createServeRefresh(coordinator: Pick<Coordinator, 'refresh'>): ServeRefresh {
  return async (session, stale, requestId) => {
    const outcome = await coordinator.refresh(session, stale, requestId);
    switch (outcome.kind) {
      case 'refreshed':
      case 'already fresh':
      case 'limited':
      case 'resource refused':
        return outcome;
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
