import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';

/** Every way in which the engine refuses a request; the codes are stable, the texts are not. */
const REASONS = {
  ERR_SESSION_ENDED: 'The session has ended',
  ERR_REFRESH_UNAVAILABLE: 'The session cannot be renewed just now',
  ERR_SESSION_CHANGED: 'The session is another one',
  ERR_QUEUE_FULL: 'Too many requests wait',
  ERR_NOT_REPLAYABLE: 'The body is a consumed stream',
};

/** The stable code of a refusal. */
export type ReauthErrorCode = keyof typeof REASONS;

/** An `AxiosError` by the engine; `response` is the original 401 (or 409) where there was one. */
export type ReauthError = AxiosError & { code: ReauthErrorCode };

/** Makes the error of one refused request. As in axios, `cause` is not enumerable: loggers walk what is. */
export function reauthError(
  code: ReauthErrorCode,
  cause?: unknown,
  config?: InternalAxiosRequestConfig,
  response?: AxiosResponse,
): ReauthError {
  const error = new AxiosError(REASONS[code], code, config, response?.request, response);
  return Object.defineProperty(error, 'cause', { value: cause }) as ReauthError;
}

/** Tells the engine's refusals from an answer of the server. */
export const isReauthError = (error: unknown): error is ReauthError =>
  error instanceof AxiosError && Object.hasOwn(REASONS, error.code ?? '');
