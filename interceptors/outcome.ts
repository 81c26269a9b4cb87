import { AxiosHeaders, type AxiosResponse } from 'axios';
import { REASON_HEADER, VERSION_HEADER } from '../contract/headers.ts';
import { parseRetryAfter } from '../contract/retryAfter.ts';
import { isTokenExpired } from '../contract/wwwAuthenticate.ts';

/** An error that may carry an answer, or what came back of a request. */
export interface Outcome {
  readonly response?: AxiosResponse | undefined;
}

const header = (outcome: unknown, name: string): string | undefined => {
  const response = (outcome as Outcome | undefined)?.response;
  return response && (AxiosHeaders.from(response.headers as AxiosHeaders).get(name) as string | undefined);
};

/** Reads our stable code off an answer's header: the body may be a Blob, or a string still. */
export const reasonOf = (outcome: unknown): string | undefined => header(outcome, REASON_HEADER);

/** Reads which version of the session a 401 refused; `undefined` where the answer does not say. */
export const versionOf = (outcome: unknown): number | undefined =>
  Number(header(outcome, VERSION_HEADER)) || undefined;

/** Tells whether only a new login can help. */
export const isFinal = (outcome: unknown): boolean =>
  /^(no_session|session_ended)$/.test(
    reasonOf(outcome) ??
      (outcome as { response?: { data?: { code?: string } } } | undefined)?.response?.data?.code ??
      '',
  );

/**
 * Tells whether a 401 asks for a refresh: it says so, or names no other cause.
 *
 * @see RFC 6750 §3.1
 */
export const isExpired = (outcome: unknown): boolean =>
  (reasonOf(outcome) ?? 'token_expired') === 'token_expired' &&
  isTokenExpired(header(outcome, 'www-authenticate'));

/**
 * Reads `Retry-After` as milliseconds from now; `undefined` where there is none.
 *
 * @see RFC 9110 §10.2.3
 */
export function retryAfterMs(outcome: unknown): number | undefined {
  return parseRetryAfter(header(outcome, 'retry-after'), Date.now()) ?? undefined;
}
