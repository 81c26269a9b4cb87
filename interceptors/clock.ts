/** The only way in which the engine knows time: what it uses of `globalThis`. Tests bring their own. */
export interface Clock {
  readonly performance: { now(): number; readonly timeOrigin: number };
  setTimeout(work: () => void, ms: number): unknown;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a number in browsers, an object in Node
  clearTimeout(timer: any): void;
}

/** Resolves after `ms`, or at once when `signal` aborts; leaves neither timer nor listener. */
export function sleep(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = clock.setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
}
