import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';

/** The stable code of a refusal by the engine. */
export type ReauthErrorCode =
  /** Only a new login can help. */
  | 'ERR_SESSION_ENDED'
  /** The session could not be renewed just now; it is kept. */
  | 'ERR_REFRESH_UNAVAILABLE'
  /** Another session has taken the place of the one that the request was made in. */
  | 'ERR_SESSION_CHANGED'
  /** As many requests wait as may. */
  | 'ERR_QUEUE_FULL'
  /** The session is renewed, but the body was a stream and is consumed. */
  | 'ERR_NOT_REPLAYABLE';

/** An `AxiosError` by the engine; `response` is the original 401 (or 409) where there was one. */
export type ReauthError = AxiosError & { name: 'ReauthError'; code: ReauthErrorCode };

/** Makes the error of one refused request. As in axios, `cause` is not enumerable: loggers walk what is. */
export function reauthError(
  code: ReauthErrorCode,
  cause?: unknown,
  config?: InternalAxiosRequestConfig,
  response?: AxiosResponse,
): ReauthError {
  const message = code.slice(4).toLowerCase().replace('_', ' ');
  const error = new AxiosError(message, code, config, response?.request, response);
  error.name = 'ReauthError';
  return Object.defineProperty(error, 'cause', { value: cause }) as ReauthError;
}

/** Tells the engine's refusals from an answer of the server. */
export const isReauthError = (error: unknown): error is ReauthError =>
  (error as Partial<ReauthError> | undefined)?.name === 'ReauthError';
