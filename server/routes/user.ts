import { z } from 'zod';
import { readJson } from '../http/body.ts';
import { deviceOf } from '../http/device.ts';
import { ApiError, retryAfter, sendJson } from '../http/problem.ts';
import type { SessionExchange } from '../http/sessionGuard.ts';

const renewal = z.object({ staleVersion: z.int().min(0).optional() });

/** `GET /api/user`: says who is signed in. Never calls the issuer, never writes a cookie. */
export function whoAmI({ res, runtime, session }: SessionExchange): void {
  sendJson(res, runtime.sessions.describe(session));
}

/**
 * `POST /api/user`: renews and reseals. The cookies are written with 200 only: a refusal that cleared them
 * would undo what another tab has just renewed.
 *
 * @throws {ApiError} `invalid_request`, `session_ended`, `upstream_unavailable`, `misconfigured`, `session_too_large`
 */
export async function renew({ req, res, runtime, session, requestId }: SessionExchange): Promise<void> {
  const { staleVersion = session.seal.version } = await readJson(req, renewal);
  const outcome = await runtime.coordinator.renew(session.seal, staleVersion, requestId);
  switch (outcome.kind) {
    case 'renewed':
    case 'already renewed': {
      const { seal, version, pair, endsAtMs } = outcome.session;
      const maxAgeMs = endsAtMs - runtime.clock.now();
      await runtime.seals.write(res, req.headers.cookie, { ...seal, version, pair }, maxAgeMs);
      void runtime.sessionList.note(seal, deviceOf(req), pair.refreshedAtMs);
      return sendJson(res, runtime.sessions.describe(outcome.session));
    }
    case 'transient':
      throw new ApiError('upstream_unavailable', { headers: retryAfter(outcome.retryAfterMs) });
    case 'misconfigured':
      throw new ApiError('misconfigured');
    case 'ended':
      throw new ApiError('session_ended');
    default:
      return outcome satisfies never;
  }
}
