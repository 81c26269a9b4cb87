import { sleep, type Clock } from './clock.ts';

/** Runs `work` while no other tab runs any under the same lock. */
export type TabLock = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes the default lock: Web Locks where there are any, else one that orders the work of this page. */
export function createTabLock(): TabLock {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const { locks } = globalThis.navigator ?? {};
    // The types would have the callback's promise unwrapped twice.
    if (locks) return locks.request('reseal', work) as ReturnType<typeof work>;
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

/**
 * Runs `work` exactly once: under the lock if that comes within `waitMs`, else without.
 *
 * A frozen tab may hold a lock for hours, a sandboxed page is refused it. Neither may cost the session, and
 * stealing is no way out: the holder's work runs on. The server bears two refreshes at once.
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
  // A lock that comes late waits with us for what runs already.
  const once = () => (running ??= work());
  const had = new AbortController();
  const locked = (async () => lock(once))().catch(() => {});
  await Promise.race([sleep(waitMs, had.signal, clock), locked]);
  had.abort();
  return once();
}
