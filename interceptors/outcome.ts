import { AxiosHeaders, type AxiosResponse } from 'axios';
import { REASON_HEADER, VERSION_HEADER } from '../contract/headers.ts';
import { parseRetryAfter } from '../contract/retryAfter.ts';
import { isTokenExpired } from '../contract/wwwAuthenticate.ts';

/** What a request came to: its answer, or an error that may carry one. */
export interface Outcome {
  readonly response?: AxiosResponse | undefined;
}

const header = (outcome: unknown, name: string): string | undefined => {
  const response = (outcome as Outcome | undefined)?.response;
  return response && (AxiosHeaders.from(response.headers as AxiosHeaders).get(name) as string | undefined);
};

/** Reads the stable error code from the answer's header: the body may be a Blob, or text that is not parsed yet. */
export const reasonOf = (outcome: unknown): string | undefined => header(outcome, REASON_HEADER);

/** Reads which version of the session a 401 refused; `undefined` where the answer does not say. */
export const versionOf = (outcome: unknown): number | undefined =>
  Number(header(outcome, VERSION_HEADER)) || undefined;

/** Reads the challenges of an answer. */
export const challengesOf = (outcome: unknown): string | undefined => header(outcome, 'www-authenticate');

interface Refusal {
  readonly response?: {
    readonly status?: number;
    readonly data?: { readonly code?: string; readonly error?: string };
  };
}

/** Reports whether only a new login can help. */
export const isFinal = (outcome: unknown): boolean =>
  /^(no_session|session_ended)$/.test(
    reasonOf(outcome) ?? (outcome as Refusal | undefined)?.response?.data?.code ?? '',
  );

/**
 * Reports whether only a new login can help after the refresh of a backend that is not Reseal's, which gives no reason:
 * a 401, or OAuth's `invalid_grant`.
 */
export const isRefusal = (outcome: unknown): boolean => {
  const { status, data } = (outcome as Refusal | undefined)?.response ?? {};
  return isFinal(outcome) || (status === 401 && !reasonOf(outcome)) || data?.error === 'invalid_grant';
};

/** Reports whether a 401 asks for a refresh: its reason or its challenge says so, or neither names another cause. */
export const isExpired = (outcome: unknown): boolean =>
  (reasonOf(outcome) ?? 'token_expired') === 'token_expired' && isTokenExpired(challengesOf(outcome));

/** Reads `Retry-After` as milliseconds from now; `undefined` where it is absent or not understood. */
export const retryAfterMs = (outcome: unknown): number | undefined =>
  parseRetryAfter(header(outcome, 'retry-after'), Date.now()) ?? undefined;
