/** The only source of time for the engine: the members of `globalThis` that it uses. Tests pass their own. */
export interface Clock {
  readonly performance: { now(): number; readonly timeOrigin: number };
  /** The wall clock. It counts time asleep, `performance` may not; where it is absent `performance` stands in. */
  readonly Date?: { now(): number };
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(timer: never): void;
}

/** Returns the wall time in milliseconds, the same in all tabs. */
export const wallTime = ({ Date, performance }: Clock): number =>
  Date ? Date.now() : performance.timeOrigin + performance.now();

/** Resolves after `ms`, or at once when `signal` aborts; leaves neither timer nor listener behind. */
export function sleep(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clock.clearTimeout(timer as never);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = clock.setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}
