import { AxiosHeaders, type AxiosError } from 'axios';
import { REASON_HEADER, VERSION_HEADER } from '../contract/headers.ts';

/** Anything that may carry an answer: an error, or what an adapter gave. */
type Carrier = Pick<Partial<AxiosError<{ code?: string } | undefined>>, 'response'> | undefined;

const header = (carrier: unknown, name: string): string | undefined => {
  const response = (carrier as Carrier)?.response;
  return response && (AxiosHeaders.from(response.headers as AxiosHeaders).get(name) as string | undefined);
};

/** Reads our stable code off an answer's header: the body may be a Blob, or a string still. */
export const reasonOf = (error: unknown): string | undefined => header(error, REASON_HEADER);

/** Reads which version of the session a 401 refused; `undefined` where the answer does not say. */
export const versionOf = (error: unknown): number | undefined =>
  Number(header(error, VERSION_HEADER)) || undefined;

/** Tells whether only a new login can help. */
export const isFinal = (error: unknown): boolean =>
  ['no_session', 'session_ended'].includes(reasonOf(error) ?? (error as Carrier)?.response?.data?.code ?? '');

/**
 * Tells whether a 401 asks for a refresh: it says so, or names no other cause.
 *
 * @see RFC 6750 §3.1
 */
export const isExpired = (error: unknown): boolean =>
  (reasonOf(error) ?? 'token_expired') === 'token_expired' &&
  !/error="?(?!"?invalid_token)/.test(header(error, 'www-authenticate') ?? '');

/** Tells whether asking again soon may help: no answer at all, or one that blames the server or the pace. */
export function isPassing(error: unknown): boolean {
  const status = (error as Carrier)?.response?.status ?? 0;
  return status === 429 || status < 400 || status >= 500;
}

/**
 * Reads `Retry-After` as milliseconds from now; `undefined` where there is none.
 *
 * @see RFC 9110 §10.2.3
 */
export function retryAfterMs(error: unknown): number | undefined {
  const value = header(error, 'retry-after');
  return value ? Number(value) * 1000 || Math.max(0, Date.parse(value) - Date.now()) : undefined;
}
