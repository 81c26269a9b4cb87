import { ClientError } from 'openid-client';
import { parseRetryAfter } from '../../../contract/retryAfter.ts';
import type { Failure } from '../failure.ts';
import type { TokenEndpointFailure } from './tokenAnswer.ts';

/** The provider's metadata contradict the settings: a second try does not help. */
const OUR_SETTINGS = new Set([
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_MISSING_SERVER_METADATA',
  'OAUTH_INVALID_SERVER_METADATA',
  'OAUTH_HTTP_REQUEST_FORBIDDEN',
]);

/**
 * Sorts the error of a call to the provider: by the answer of its token endpoint, by metadata that contradict our
 * settings, and as transient otherwise.
 *
 * @see RFC 6749 §5.2
 */
export function failureOf(error: unknown, nowMs: number): Failure {
  const answered = tokenEndpointFailure(error);
  if (answered) return answered;
  if (!(error instanceof ClientError)) return { kind: 'transient', cause: error, retryAfterMs: null };
  return OUR_SETTINGS.has(error.code ?? '')
    ? { kind: 'client refused', cause: error }
    : transient(error, error.cause, nowMs);
}

/** The library wraps an error that it does not know; our own is recognised by its code. */
function tokenEndpointFailure(error: unknown): Failure | null {
  const own = error instanceof ClientError ? error.cause : error;
  const isOurs = own instanceof Error && (own as { code?: unknown }).code === 'token_endpoint';
  return isOurs ? (own as TokenEndpointFailure).failure : null;
}

/** The provider's answer, if there was one, may ask to wait. */
function transient(cause: unknown, response: unknown, nowMs: number): Failure {
  const headers = (response as { headers?: unknown } | null)?.headers;
  const value = typeof headers === 'object' ? (headers as Headers).get?.('retry-after') : undefined;
  return { kind: 'transient', cause, retryAfterMs: parseRetryAfter(value ?? undefined, nowMs) };
}
