import { AxiosError, CanceledError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../clock.ts';
import { reauthError, type ReauthErrorCode } from '../reauthError.ts';

/** How a request waits. */
export interface Wait {
  readonly config?: InternalAxiosRequestConfig | undefined;
  /** The 401 that it waits with, for the error if it is refused. */
  readonly response?: AxiosResponse | undefined;
  /** After so many milliseconds it times out. */
  readonly leftMs?: number | undefined;
  /** After so many milliseconds it goes ahead; one that has its 401 is refused. */
  readonly patienceMs?: number | undefined;
}

/**
 * Creates the set of requests that wait for a decision of the machine.
 *
 * A request leaves by the first of: the decision, its caller's abort (at once), its own `timeout`. It leaves neither
 * timer nor listener behind. `abandoned` is called with those that left without a decision.
 */
export function createWaitingRequests(clock: Clock, abandoned: (ticket: number) => void) {
  const leaving = new Map<number, (code?: ReauthErrorCode, cause?: unknown) => void>();
  return {
    /** Waits; calls `announce` once the ticket can be settled. */
    enter: (
      ticket: number,
      announce: () => void,
      { config, response, leftMs = Infinity, patienceMs = Infinity }: Wait = {},
    ) =>
      new Promise<void>((resolve, reject) => {
        const { signal, cancelToken } = config ?? {};
        const leave = (error?: unknown) => {
          leaving.delete(ticket);
          clock.clearTimeout(timer as never);
          signal?.removeEventListener?.('abort', onAbort);
          cancelToken?.unsubscribe(onAbort);
          if (error) reject(error);
          else resolve();
        };
        const onAbort = () => {
          leave(cancelToken?.reason ?? new CanceledError(undefined, config));
          abandoned(ticket);
        };
        const onTime = () => {
          const late = response && reauthError('ERR_REFRESH_UNAVAILABLE', undefined, config, response);
          leave(patienceMs < leftMs ? late : timeoutError(config, response));
          abandoned(ticket);
        };
        const waitMs = Math.min(leftMs, patienceMs);
        // A longer delay would overflow to none at all; no refresh lasts as long.
        const timer = waitMs < 2 ** 31 ? clock.setTimeout(onTime, waitMs) : undefined;
        leaving.set(ticket, (code, cause) => leave(code && reauthError(code, cause, config, response)));
        signal?.addEventListener?.('abort', onAbort);
        cancelToken?.subscribe(onAbort); // calls back at once where it is cancelled already
        if (signal?.aborted) onAbort();
        else if (leaving.has(ticket)) announce();
      }),

    has: (ticket: number): boolean => leaving.has(ticket),

    /** Lets one go, or refuses it; does nothing to one that has left already. */
    settle: (ticket: number, code?: ReauthErrorCode, cause?: unknown): void =>
      leaving.get(ticket)?.(code, cause),
  };
}

export type WaitingRequests = ReturnType<typeof createWaitingRequests>;

/** Creates the error that axios creates when time is up. */
const timeoutError = (config?: InternalAxiosRequestConfig, response?: AxiosResponse) =>
  new AxiosError(
    config?.timeoutErrorMessage ?? `timeout of ${config?.timeout}ms exceeded`,
    config?.transitional?.clarifyTimeoutError ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED,
    config,
    response?.request,
    response,
  );
