import { AxiosHeaders, type AxiosError, type AxiosResponse } from 'axios';
import { REASON_HEADER, VERSION_HEADER } from '../contract/headers.ts';

const header = (response: AxiosResponse | undefined, name: string) =>
  response && (AxiosHeaders.from(response.headers as AxiosHeaders).get(name) as string | undefined);

const responseOf = (error: unknown) => (error as Partial<AxiosError> | undefined)?.response;

/** Reads our stable code off an answer's header: the body may be a Blob, or a string still. */
export const reasonOf = (error: unknown): string | undefined => header(responseOf(error), REASON_HEADER);

/** Reads which version of the session a 401 refused; `undefined` where the answer does not say. */
export const versionOf = (error: unknown): number | undefined =>
  Number(header(responseOf(error), VERSION_HEADER)) || undefined;

/** Tells whether only a new login can help. */
export function isFinal(error: unknown): boolean {
  const body = responseOf(error)?.data as { code?: string } | undefined;
  return ['no_session', 'session_ended'].includes(reasonOf(error) ?? body?.code ?? '');
}

/**
 * Tells whether a 401 asks for a refresh: it says so, or names no other cause.
 *
 * @see RFC 6750 §3.1
 */
export function isExpired(error: unknown): boolean {
  const reason = reasonOf(error);
  const challenge = header(responseOf(error), 'www-authenticate') ?? '';
  return reason ? reason === 'token_expired' : !/error="?(?!"?invalid_token)/.test(challenge);
}

/** Tells whether asking again soon may help: no answer at all, or one that blames the server or the pace. */
export function isPassing(error: unknown): boolean {
  const status = responseOf(error)?.status ?? 0;
  return status === 429 || status < 400 || status >= 500;
}

/**
 * Reads `Retry-After` as milliseconds from now; `undefined` where there is none.
 *
 * A date is taken relative to the answer's own `Date`, for the browser's clock may be wrong.
 *
 * @see RFC 9110 §10.2.3
 */
export function retryAfterMs(error: unknown): number | undefined {
  const response = responseOf(error);
  const value = header(response, 'retry-after');
  if (!value) return undefined;
  const sentAt = Date.parse(header(response, 'date') ?? '') || Date.now();
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - sentAt : Number(value) * 1000;
  return Math.max(0, ms) || undefined;
}
