import type { Clock } from './clock.ts';

/** Runs `work` while no other tab runs any under the same lock. */
export type TabLock = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes the default lock: Web Locks where there are any, else one that orders the work of this page. */
export function createTabLock(name: string): TabLock {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const locks = (globalThis.navigator as Navigator | undefined)?.locks;
    if (locks) return locks.request(name, work) as Promise<T>;
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

/**
 * Runs `work` exactly once: under the lock if it comes within `waitMs`, else without it.
 *
 * A frozen tab may hold a lock for hours and a sandboxed page may be refused it. Neither may cost the session,
 * and stealing is no way out: the holder's work runs on. The server bears two refreshes at once, so the lock is
 * asked for and never insisted on.
 *
 * @see https://w3c.github.io/web-locks/#dom-lockoptions-steal
 */
export async function underLock<T>(
  lock: TabLock,
  work: () => Promise<T>,
  waitMs: number,
  clock: Clock,
): Promise<T> {
  let running: Promise<T> | undefined;
  // Once and only once; a lock that comes late waits with us for what runs already.
  const once = () => (running ??= work());
  await new Promise<void>((resolve) => {
    const timer = clock.setTimeout(resolve, waitMs);
    const attempt = async () => lock(once);
    attempt()
      .catch(() => {})
      .then(() => {
        clock.clearTimeout(timer);
        resolve();
      });
  });
  return once();
}
