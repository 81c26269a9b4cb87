import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { User } from '../../contract/user.ts';
import { readJson } from '../http/body.ts';
import { newBoxKey } from '../store/tokenBox.ts';
import { personKey, type SealedSession, type TokenPair } from '../session/record.ts';
import { deviceOf } from '../http/device.ts';
import { ApiError, retryAfter, sendJson } from '../http/problem.ts';
import { addressOf } from '../http/loginThrottle.ts';
import type { Exchange } from '../http/handler.ts';

const credentials = z.object({ username: z.string().min(1).max(256), password: z.string().min(1).max(1024) });
const RETRY_AFTER_MS = 1000;

/**
 * `POST /api/login`: signs a person in with the upstream's own credentials.
 *
 * @throws {ApiError} `invalid_request`, `invalid_credentials`, `too_many_attempts`, `upstream_unavailable`, `misconfigured`
 */
export async function login(exchange: Exchange): Promise<void> {
  const { req, res, runtime, requestId } = exchange;
  const issuer = runtime.password;
  if (!issuer) throw new ApiError('method_not_allowed', { headers: { Allow: 'GET' } });
  const { username, password } = await readJson(req, credentials);
  const attempt = await runtime.throttle.attempt(username, addressOf(req, runtime.settings.trustedProxies));
  if ('retryAfterMs' in attempt) {
    runtime.metrics.loginsThrottled.inc();
    throw new ApiError('too_many_attempts', { headers: retryAfter(attempt.retryAfterMs) });
  }
  const signal = AbortSignal.timeout(runtime.settings.refreshTimeoutMs);
  let failed = false;
  const answer = await issuer
    .login({ username, password }, { signal, requestId })
    .then((given) => {
      // A wrong password in a dialect that we do not know is `rejected`: it must not escape the throttle.
      failed = given.kind === 'refused' || given.kind === 'rejected';
      return given;
    })
    .finally(() => attempt.settle(failed));
  switch (answer.kind) {
    case 'refused':
      throw new ApiError('invalid_credentials');
    case 'rejected':
      runtime.log.warn(
        { err: answer.cause, requestId },
        'the issuer rejected a login in words that Reseal does not know; if this is how it refuses a wrong password, it must answer invalid_grant',
      );
      throw new ApiError('upstream_unavailable', { headers: retryAfter(RETRY_AFTER_MS) });
    case 'throttled':
    case 'transient':
      runtime.log.warn({ err: answer.cause, requestId }, 'a login failed at the issuer');
      throw new ApiError('upstream_unavailable', {
        headers: retryAfter(answer.retryAfterMs ?? RETRY_AFTER_MS),
      });
    case 'client refused':
      runtime.log.error(
        { err: answer.cause, requestId },
        'the issuer refuses this app: check its settings there and here',
      );
      throw new ApiError('misconfigured');
    case 'granted': {
      const seal = await startSession(exchange, answer.user, answer.pair);
      const endsAtMs = runtime.clock.now() + runtime.sessions.rememberMs(seal, seal.pair.refreshedAtMs);
      return sendJson(
        res,
        runtime.sessions.describe({ kind: 'live', seal, version: 1, pair: seal.pair, endsAtMs }),
      );
    }
    default:
      return answer satisfies never;
  }
}

/**
 * Seals a new session, with a new id (fixation), and ends the one that the jar held: a renewal of that one which
 * is still on its way can then no longer bring it back (P5).
 *
 * @throws {ApiError} `upstream_unavailable` where the store cannot be asked, `session_too_large`
 */
export async function startSession(
  { req, res, runtime, requestId }: Exchange,
  user: User,
  pair: TokenPair,
  sid?: string,
): Promise<SealedSession> {
  const { seals, store, settings, clock } = runtime;
  const giveBack = async (error: unknown): Promise<never> => {
    await runtime.revoke(pair, requestId);
    throw error;
  };
  const epoch = await store.epochAtLogin(personKey(user.id), settings.maxMs).catch((cause: unknown) => {
    return giveBack(new ApiError('upstream_unavailable', { cause, headers: retryAfter(RETRY_AFTER_MS) }));
  });
  const seal: SealedSession = {
    id: randomBytes(16).toString('base64url'),
    version: 1,
    user,
    pair,
    boxKey: newBoxKey(),
    epoch,
    createdAtMs: clock.now(),
    ...(sid === undefined ? {} : { sid }),
  };
  const old = await seals.open(req.headers.cookie);
  await seals.write(res, req.headers.cookie, seal, Math.min(settings.idleMs, settings.maxMs)).catch(giveBack);
  await runtime.sessionList.note(seal, deviceOf(req), pair.refreshedAtMs);
  if (old) await runtime.endSession(old, 'replaced', { requestId });
  runtime.log.info({ session: seal.id, requestId }, 'logged in');
  if (pair.refreshToken === null)
    runtime.log.warn(
      { session: seal.id, requestId },
      'the issuer gave no refresh token: this session ends with its access token',
    );
  return seal;
}
