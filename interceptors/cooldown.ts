import type { Clock } from './clock.ts';

const KEY = 'reseal_cooldown';
const LONGEST_MS = 600_000;

/** Where the tabs of one person tell each other of an outage: `localStorage`, or a double of it. */
export type SharedNote = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * Makes the memory of an outage: for how long nobody need ask, and how many windows have failed.
 *
 * Shared, so that an outage costs one call per window and not one per tab; where storage is absent or throws, each
 * tab has its own. An end further away than any window is long is a clock's lie, or an outage long over.
 */
export function createCooldown({ performance }: Clock, shared?: SharedNote) {
  let own = '';
  let lastCause: unknown;
  const now = () => performance.timeOrigin + performance.now();
  const read = () => {
    try {
      own = (shared ?? localStorage).getItem(KEY) ?? own;
    } catch {
      // own, then
    }
    const [until = 0, failures = 0] = own.split(' ').map(Number);
    const leftMs = until - now();
    return Math.abs(leftMs) < LONGEST_MS ? { leftMs, failures } : { leftMs: 0, failures: 0 };
  };
  const write = (note: string) => {
    own = note;
    try {
      (shared ?? localStorage).setItem(KEY, note);
    } catch {
      // for this tab only, then
    }
  };
  return {
    leftMs: () => Math.max(0, read().leftMs),
    failures: () => read().failures,
    /** What failed last, as far as this tab knows. */
    cause: () => lastCause,
    /** Opens a window of `ms`, by default one twice as long as the last. */
    start(ms: number | undefined, cause: unknown): void {
      const failures = read().failures + 1;
      lastCause = cause;
      write(`${now() + Math.min(ms ?? 1000 * 2 ** Math.min(failures, 6), LONGEST_MS)} ${failures}`);
    },
    clear: () => read().failures && write(''),
  };
}
