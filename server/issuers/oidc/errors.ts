import { parseRetryAfter } from '../../../contract/retryAfter.ts';
import { kindOf } from '../../resealError.ts';
import type { Failure } from '../failure.ts';
import { isTokenEndpointFailure } from './tokenAnswer.ts';

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
  return OUR_SETTINGS.has(codeOf(error))
    ? { kind: 'client refused', cause: error }
    : transient(error, causeOf(error), nowMs);
}

/** The library wraps an error that it does not know. */
function tokenEndpointFailure(error: unknown): Failure | null {
  const own = [error, causeOf(error)].find(isTokenEndpointFailure);
  return own?.failure ?? null;
}

/** The library's errors are known by their codes: each bundle has its own copy of the classes. */
export function codeOf(error: unknown): string {
  if (kindOf(error) === 'IssuerCallError') return codeOf(causeOf(error));
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

const causeOf = (error: unknown): unknown => ((error ?? {}) as { cause?: unknown }).cause;

/** The provider's answer, if there was one, may ask to wait. */
function transient(cause: unknown, response: unknown, nowMs: number): Failure {
  const headers = (response as { headers?: unknown } | null)?.headers;
  const value = typeof headers === 'object' ? (headers as Headers).get?.('retry-after') : undefined;
  return { kind: 'transient', cause, retryAfterMs: parseRetryAfter(value ?? undefined, nowMs) };
}
