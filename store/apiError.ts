import type { SerializedError } from '@reduxjs/toolkit';
import {
  isProblemCode,
  isShownEndReason,
  type ProblemCode,
  type ShownEndReason,
} from '../contract/problem.ts';
import { parseRetryAfter } from '../contract/retryAfter.ts';

/** The reauth engine's codes, as they stand in `AxiosError.code`. */
const ENGINE_CODES = [
  'ERR_SESSION_ENDED',
  'ERR_REFRESH_UNAVAILABLE',
  'ERR_SESSION_CHANGED',
  'ERR_QUEUE_FULL',
  'ERR_NOT_REPLAYABLE',
] as const;
type EngineCode = (typeof ENGINE_CODES)[number];

/** Why a call failed: the engine's code first, then the contract's, then what the browser saw. */
export type ApiErrorCode =
  | EngineCode
  | ProblemCode
  | 'aborted'
  | 'changed_elsewhere'
  | 'forbidden'
  | 'network'
  | 'step_up_declined'
  | 'timeout'
  | 'unexpected'
  | 'upstream_failed';

/** A failed call as the store may hold it: serialisable, no headers, no bodies, no tokens. */
export interface ApiError {
  readonly code: ApiErrorCode;
  /** HTTP status, or `null` where no answer came. */
  readonly status: number | null;
  /** How long the server asks to wait. */
  readonly retryAfterSeconds?: number;
  /** What to look for in the server's log. */
  readonly requestId?: string;
  /** Why the session was ended, where the server says so. */
  readonly endReason?: ShownEndReason;
}

type Loose = Readonly<Record<string, unknown>>;
const loose = (value: unknown): Loose =>
  typeof value === 'object' && value !== null ? (value as Loose) : {};
/** Tells whether a request failed for a reason of the engine's. */
export const isEngineCode = (code: unknown): code is EngineCode =>
  (ENGINE_CODES as readonly unknown[]).includes(code);

/** Translates whatever a service threw. Reads its shape, so that the store needs no axios. */
export function toApiError(thrown: unknown): ApiError {
  const { code, response, name } = loose(thrown);
  const { status, headers, data } = loose(response);
  const body = loose(data);
  const head = loose(headers);
  const reason = head['x-reseal-reason'] ?? body.code;
  const retryAfterMs = parseRetryAfter(head['retry-after'], Date.now());
  return {
    code: isStepUpDeclined(status, head) ? 'step_up_declined' : codeOf(code, name, reason, status),
    status: typeof status === 'number' ? status : null,
    ...(retryAfterMs !== null && { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
    ...(typeof body.requestId === 'string' && { requestId: body.requestId }),
    ...(isShownEndReason(body.endReason) && { endReason: body.endReason }),
  };
}

function codeOf(code: unknown, name: unknown, reason: unknown, status: unknown): ApiErrorCode {
  if (isEngineCode(code)) return code;
  if (isProblemCode(reason)) return reason;
  if (typeof status === 'number') return codeOfStatus(status);
  if (code === 'ERR_CANCELED' || name === 'AbortError') return 'aborted';
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') return 'timeout';
  return typeof code === 'string' ? 'network' : 'unexpected';
}

/** A demand for a newer login that reached the caller: the person declined, or could not meet it. @see RFC 9470 §3 */
const isStepUpDeclined = (status: unknown, head: Loose): boolean =>
  status === 401 && /error="?insufficient_user_authentication/i.test(String(head['www-authenticate']));

/** Maps the status of an answer that carries no code of ours. */
function codeOfStatus(status: number): ApiErrorCode {
  if (status === 404) return 'not_found';
  if (status === 412) return 'changed_elsewhere';
  if (status === 413) return 'payload_too_large';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 400 || status === 422) return 'invalid_request';
  return status >= 500 ? 'upstream_failed' : 'unexpected';
}

/** Tells whether only a new login can help; any other refusal may pass. */
export function isNoSession({ code }: ApiError): boolean {
  return code === 'no_session' || code === 'session_ended' || code === 'ERR_SESSION_ENDED';
}

/** The error of an RTK Query hook, which may also be a mistake of our own making; `null` where there is none. */
export function hookError(error: ApiError | SerializedError | undefined): ApiError | null {
  if (!error) return null;
  return 'status' in error ? error : { code: 'unexpected', status: null };
}
