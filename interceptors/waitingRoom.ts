import { AxiosError, CanceledError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Clock } from './clock.ts';
import { reauthError, type ReauthErrorCode } from './reauthError.ts';

/**
 * Makes the place where requests wait for the machine's word.
 *
 * A request leaves by the first of: the word, its caller's abort (at once), its own `timeout`. It leaves nothing
 * behind, neither timer nor listener. `abandoned` hears of those that left of their own accord.
 */
export function createWaitingRoom(clock: Clock, abandoned: (ticket: number) => void) {
  const doors = new Map<number, (code?: ReauthErrorCode, cause?: unknown) => void>();
  return {
    /**
     * Waits, and calls `knock` once inside.
     *
     * At most `leftMs`, then it times out; or at most `patienceMs`, then it goes ahead.
     */
    enter: (
      ticket: number,
      knock: () => void,
      config?: InternalAxiosRequestConfig,
      response?: AxiosResponse,
      leftMs = Infinity,
      patienceMs = Infinity,
    ) =>
      new Promise<void>((resolve, reject) => {
        const leave = (error?: unknown) => {
          doors.delete(ticket);
          clock.clearTimeout(timer);
          config?.signal?.removeEventListener?.('abort', onAbort);
          if (error) reject(error);
          else resolve();
        };
        const onAbort = () => {
          leave(new CanceledError(undefined, config));
          abandoned(ticket);
        };
        const onTime = () => {
          leave(patienceMs < leftMs ? undefined : timeoutError(config, response));
          abandoned(ticket);
        };
        const waitMs = Math.min(leftMs, patienceMs);
        // A longer delay would overflow to none at all; no refresh lasts as long.
        const timer = waitMs < 2 ** 31 ? clock.setTimeout(onTime, waitMs) : undefined;
        doors.set(ticket, (code, cause) => leave(code && reauthError(code, cause, config, response)));
        config?.signal?.addEventListener?.('abort', onAbort);
        if (config?.signal?.aborted) onAbort();
        else knock();
      }),

    waits: (ticket: number): boolean => doors.has(ticket),

    /** Lets one go, or refuses it; one that has left already does not hear it. */
    settle: (ticket: number, code?: ReauthErrorCode, cause?: unknown): void =>
      doors.get(ticket)?.(code, cause),
  };
}

export type WaitingRoom = ReturnType<typeof createWaitingRoom>;

/** Says what axios says when time is up. */
const timeoutError = (config?: InternalAxiosRequestConfig, response?: AxiosResponse) =>
  new AxiosError(
    config?.timeoutErrorMessage ?? `timeout of ${config?.timeout}ms exceeded`,
    config?.transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED,
    config,
    response?.request,
    response,
  );
