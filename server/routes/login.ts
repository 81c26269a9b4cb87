import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { readJson } from '../http/body.ts';
import type { Exchange, Handler } from '../http/exchange.ts';
import type { ClientAddressOf } from '../http/clientAddress.ts';
import type { Throttle } from '../http/loginThrottle.ts';
import { ApiError, json, retryAfter } from '../http/problem.ts';
import type { LoginAnswer, PasswordIssuer } from '../issuers/issuer.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Cooldown } from '../refresh/cooldown.ts';
import type { Sessions } from '../session/resolve.ts';
import type { StartSession } from '../session/start.ts';
import type { Settings } from '../settings/fromEnv.ts';

const credentials = z.object({ username: z.string().min(1).max(256), password: z.string().min(1).max(1024) });
const RETRY_AFTER_MS = 1000;

export interface LoginOptions {
  readonly issuer: PasswordIssuer;
  readonly cooldown: Pick<Cooldown, 'loginGranted'>;
  readonly throttle: Throttle;
  readonly clientAddressOf: ClientAddressOf;
  readonly startSession: StartSession;
  readonly sessions: Sessions;
  readonly settings: Pick<Settings, 'refreshTimeoutMs'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'loginsThrottled'>;
}

/**
 * `POST /api/login`: logs a person in with the upstream's own credentials.
 *
 * Throws `invalid_request`, `invalid_credentials`, `too_many_attempts`, `upstream_unavailable`, `misconfigured`.
 */
export function createLogin(options: LoginOptions): Handler {
  const {
    issuer,
    cooldown,
    throttle,
    clientAddressOf,
    startSession,
    sessions,
    settings,
    clock,
    log,
    metrics,
  } = options;

  /** Asks the issuer once, and counts the answer against the login throttle. */
  async function ask(exchange: Exchange): Promise<LoginAnswer> {
    const { username, password } = await readJson(exchange, credentials);
    const { address, isShared } = clientAddressOf(exchange);
    const attempt = await throttle.attempt(username, address, isShared);
    if ('retryAfterMs' in attempt) {
      metrics.loginsThrottled.inc();
      throw new ApiError('too_many_attempts', { headers: retryAfter(attempt.retryAfterMs) });
    }
    const signal = AbortSignal.timeout(settings.refreshTimeoutMs);
    const sentAtMs = clock.now();
    let failed = false;
    try {
      const answer = await issuer.login({ username, password }, { signal, requestId: exchange.requestId });
      // A wrong password in a dialect that we do not know is `rejected`: it must not escape the throttle.
      failed = answer.kind === 'refused' || answer.kind === 'rejected';
      if (answer.kind === 'granted') void cooldown.loginGranted(sentAtMs);
      return answer;
    } finally {
      await attempt.settle(failed);
    }
  }

  return async (exchange) => {
    const { requestId } = exchange;
    const answer = await ask(exchange);
    switch (answer.kind) {
      case 'refused':
        throw new ApiError('invalid_credentials');
      case 'rejected':
        log.warn(
          { err: answer.cause, requestId },
          'the issuer rejected a login in words that Reseal does not know; if this is how it refuses a wrong password, it must answer invalid_grant',
        );
        throw new ApiError('upstream_unavailable', { headers: retryAfter(RETRY_AFTER_MS) });
      case 'throttled':
      case 'transient':
        log.warn({ err: answer.cause, requestId }, 'a login failed at the issuer');
        throw new ApiError('upstream_unavailable', {
          headers: retryAfter(answer.retryAfterMs ?? RETRY_AFTER_MS),
        });
      case 'client refused':
        log.error(
          { err: answer.cause, requestId },
          'the issuer refuses this app: check its settings there and here',
        );
        throw new ApiError('misconfigured');
      case 'granted': {
        const { session: seal, cookies } = await startSession(exchange, answer);
        const { pair } = seal;
        const endsAtMs = clock.now() + sessions.rememberMs(seal, pair.refreshedAtMs);
        return json(sessions.describe({ kind: 'live', seal, version: 1, pair, endsAtMs }), cookies);
      }
      default:
        return answer satisfies never;
    }
  };
}
