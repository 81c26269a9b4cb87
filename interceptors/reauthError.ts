import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';

/** The stable code of a refusal by the engine. */
export type ReauthErrorCode =
  /** Only a new login can help. */
  | 'ERR_SESSION_ENDED'
  /** The session could not be refreshed for now; it is kept. */
  | 'ERR_REFRESH_UNAVAILABLE'
  /** Another session has taken the place of the one that the request was made in. */
  | 'ERR_SESSION_CHANGED'
  /** The queue is full: `limits.queue` requests wait already. */
  | 'ERR_QUEUE_FULL'
  /** The session is refreshed, but the body cannot be sent again: a stream is consumed, or a file changed on disk (the cause). */
  | 'ERR_NOT_REPLAYABLE';

/** An `AxiosError` thrown by the engine; `response` is the 401 (or 409) that it had, where it had one. */
export type ReauthError = AxiosError & { name: 'ReauthError'; code: ReauthErrorCode };

/**
 * Creates the error of one refused request. As in axios, `cause` is not enumerable: loggers walk what is.
 *
 * A config that is refused for a change of session stays refused: its adapter throws the same error, so that no retry
 * library can send it under the new session.
 */
export function reauthError(
  code: ReauthErrorCode,
  cause?: unknown,
  config?: InternalAxiosRequestConfig,
  response?: AxiosResponse,
): ReauthError {
  const message = code.slice(4).toLowerCase().replace('_', ' ');
  const error = new AxiosError(message, code, config, response?.request, response);
  error.name = 'ReauthError';
  if (config && code === 'ERR_SESSION_CHANGED') config.adapter = () => Promise.reject(error);
  return Object.defineProperty(error, 'cause', { value: cause }) as ReauthError;
}

/** Reports whether an error is a refusal by the engine and not an answer of the server. */
export const isReauthError = (error: unknown): error is ReauthError =>
  (error as Partial<ReauthError> | undefined)?.name === 'ReauthError';
