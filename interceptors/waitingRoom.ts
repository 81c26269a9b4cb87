import { AxiosError, CanceledError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Clock } from './clock.ts';
import { reauthError, type ReauthErrorCode } from './reauthError.ts';

/** Who waits: its number in the order of sending, its config, and the answer that sent it here. */
export interface Guest {
  readonly ticket: number;
  readonly config: InternalAxiosRequestConfig;
  readonly response?: AxiosResponse | undefined;
}

/**
 * Makes the place where requests wait for the machine's word.
 *
 * A request leaves by the first of: the word, its caller's abort (at once), its own `timeout`. It then leaves
 * nothing behind: no timer, no listener. `abandoned` hears of those that left of their own accord.
 */
export function createWaitingRoom(clock: Clock, abandoned: (ticket: number) => void) {
  const doors = new Map<number, (code: ReauthErrorCode | null, cause?: unknown) => void>();

  /**
   * Waits, and calls `knock` once inside.
   *
   * At most `leftMs` (0: for ever), then it times out; or at most `patienceMs`, then it goes ahead.
   */
  const enter = (
    { ticket, config, response }: Guest,
    knock: () => void,
    leftMs: number,
    patienceMs = Infinity,
  ) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        doors.delete(ticket);
        clock.clearTimeout(timer);
        config.signal?.removeEventListener?.('abort', onAbort);
        config.cancelToken?.unsubscribe(onAbort);
      };
      const onAbort = () => {
        leave();
        reject(config.cancelToken?.reason ?? new CanceledError(undefined, config));
        abandoned(ticket);
      };
      const onTime = () => {
        leave();
        if (patienceMs < (leftMs || Infinity)) resolve();
        else reject(timeoutError(config, response));
        abandoned(ticket);
      };
      const waitMs = Math.min(leftMs || Infinity, patienceMs);
      // A longer delay would overflow to none at all; the refresh ends long before.
      const timer = waitMs < 2 ** 31 ? clock.setTimeout(onTime, waitMs) : undefined;
      doors.set(ticket, (code, cause) => {
        leave();
        if (code) reject(reauthError(code, cause, config, response));
        else resolve();
      });
      config.signal?.addEventListener?.('abort', onAbort);
      config.cancelToken?.subscribe(onAbort);
      if (config.signal?.aborted) onAbort();
      if (doors.has(ticket)) knock();
    });

  return {
    enter,
    waits: (ticket: number): boolean => doors.has(ticket),
    /** Lets one go (`null`) or refuses it; one that has left already does not hear it. */
    settle: (ticket: number, code: ReauthErrorCode | null, cause?: unknown): void =>
      doors.get(ticket)?.(code, cause),
  };
}

/** Says what axios says when time is up. */
function timeoutError(config: InternalAxiosRequestConfig, response: AxiosResponse | undefined): AxiosError {
  return new AxiosError(
    config.timeoutErrorMessage || `timeout of ${config.timeout}ms exceeded`,
    config.transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED,
    config,
    response?.request,
    response,
  );
}

export type WaitingRoom = ReturnType<typeof createWaitingRoom>;
