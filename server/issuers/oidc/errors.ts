import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { parseRetryAfter } from '../../../contract/retryAfter.ts';
import type { RefreshAnswer } from '../issuer.ts';

type Failure = Exclude<RefreshAnswer, { kind: 'granted' }>;

/** OAuth errors that speak of the provider's health and of nothing else. @see RFC 6749 §4.1.2.1 */
const PASSING = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);
/** The provider's metadata contradict the settings: no second try mends that. */
const OUR_SETTINGS = new Set([
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_MISSING_SERVER_METADATA',
  'OAUTH_INVALID_SERVER_METADATA',
  'OAUTH_HTTP_REQUEST_FORBIDDEN',
]);

/**
 * Sorts what a call to the provider threw: only `invalid_grant` says that a token is dead, another OAuth error
 * is about this app, and everything else says nothing at all.
 *
 * @see RFC 6749 §5.2
 */
export function failureOf(error: unknown, nowMs: number): Failure {
  if (error instanceof ResponseBodyError) {
    const isPassing = isBusy(error.status) || PASSING.has(error.error);
    if (isPassing) return transient(error, error.response, nowMs);
    return error.error === 'invalid_grant' ? { kind: 'refused' } : { kind: 'misconfigured', cause: error };
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return isBusy(error.status)
      ? transient(error, error.response, nowMs)
      : { kind: 'misconfigured', cause: error };
  }
  if (error instanceof ClientError) {
    if (OUR_SETTINGS.has(error.code ?? '')) return { kind: 'misconfigured', cause: error };
    return transient(error, error.cause, nowMs);
  }
  return { kind: 'transient', cause: error, retryAfterMs: null };
}

function isBusy(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

/** The answer, where there was one, may say for how long to hold off. */
function transient(cause: unknown, response: unknown, nowMs: number): Failure {
  const headers = (response as { headers?: unknown } | null)?.headers;
  const value = typeof headers === 'object' ? (headers as Headers).get?.('retry-after') : undefined;
  return { kind: 'transient', cause, retryAfterMs: parseRetryAfter(value, nowMs) };
}
