import { sleep, type Clock } from './clock.ts';

/** Runs `work` while no other tab runs any under the same lock. */
export type TabLock = <T>(work: () => Promise<T>) => Promise<T>;

/** Creates a lock that orders the work of this page, or of this process, alone. */
export function createPageLock(): TabLock {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

/** Creates the default lock of a page: the Web Lock `name`, or a lock of the page alone where there are none. */
export function createTabLock(name: string): TabLock {
  const { locks } = globalThis.navigator ?? {};
  // The DOM types unwrap the callback's promise twice.
  return locks ? (work) => locks.request(name, work) as ReturnType<typeof work> : createPageLock();
}

/**
 * Gives `lock` back at `deadline` (of `clock.performance`), even if the work is still running.
 *
 * A call that hangs and ignores its signal would otherwise hold it for ever, and every tab of the app would wait.
 */
export const heldUntil =
  (deadline: number, lock: TabLock, clock: Clock): TabLock =>
  (work) =>
    lock(() => {
      const done = new AbortController();
      const running = work();
      const over = () => done.abort();
      running.then(over, over);
      const held = [running, sleep(deadline - clock.performance.now(), done.signal, clock)];
      return Promise.race(held) as typeof running;
    });

/**
 * Runs `work` exactly once: under the lock if that is granted within `waitMs`, else without.
 *
 * A frozen tab may hold a lock for hours, and a sandboxed page is refused it. Neither may cost the session. Stealing
 * the lock does not help: the holder's work runs on. The server tolerates two refreshes at once.
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
  const granted = new AbortController();
  // A lock that is granted late is held for as long as the work that runs already.
  const once = () => {
    granted.abort();
    return (running ??= work());
  };
  const locked = (async () => lock(once))().catch(() => {});
  await Promise.race([sleep(waitMs, granted.signal, clock), locked]);
  return once();
}
