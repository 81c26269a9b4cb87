import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';

/** Every way in which the engine refuses a request; stable. */
export const REAUTH_ERRORS = {
  ERR_SESSION_ENDED: 'The session has ended: log in again.',
  ERR_REFRESH_UNAVAILABLE: 'The session could not be renewed just now; it is kept.',
  ERR_SESSION_CHANGED: 'Another session has taken the place of the one this request was made in.',
  ERR_QUEUE_FULL: 'Too many requests wait for the session to be renewed.',
  ERR_NOT_REPLAYABLE: 'The session is renewed, but the body was a stream and is consumed: send it anew.',
} as const;

/** The stable code of a refusal. */
export type ReauthErrorCode = keyof typeof REAUTH_ERRORS;

/** An `AxiosError` by the engine; `response` is the original 401 (or 409) where there was one. */
export type ReauthError = AxiosError & { code: ReauthErrorCode };

/** Makes the error of one refused request; `cause` is why, not enumerable, so that logs stay free of it. */
export function reauthError(
  code: ReauthErrorCode,
  cause?: unknown,
  config?: InternalAxiosRequestConfig,
  response?: AxiosResponse,
): ReauthError {
  const error = new AxiosError(REAUTH_ERRORS[code], code, config, response?.request, response);
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  return error as ReauthError;
}

/** Tells the engine's refusals from an answer of the server. */
export function isReauthError(error: unknown): error is ReauthError {
  return error instanceof AxiosError && Object.hasOwn(REAUTH_ERRORS, error.code ?? '');
}
