import type { Clock } from './clock.ts';

const KEY = 'reseal_cooldown';
const LONGEST_MS = 600_000;

/** Where the tabs of one person tell each other of an outage: `localStorage`, or a double of it. */
export type SharedNote = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * Makes the memory of an outage: until when nobody need ask again, and how many windows have failed.
 *
 * Shared through `localStorage`, so that an outage costs one call per window and not one per tab; where storage
 * is absent or throws, each tab keeps its own. What lies further ahead than any window could is a lie of a
 * changed clock, what lies further back an outage long over: neither counts.
 */
export function createCooldown(clock: Clock, shared: SharedNote | undefined) {
  let own = '';
  let lastCause: unknown;
  const wall = () => performance.timeOrigin + clock.now();
  const read = (): [leftMs: number, failures: number] => {
    let note = own;
    try {
      note = (shared ?? localStorage).getItem(KEY) ?? own;
    } catch {
      // each tab for itself
    }
    const [until = 0, failures = 0] = note.split(' ').map(Number);
    const left = until - wall();
    return Math.abs(left) <= LONGEST_MS ? [left, failures] : [0, 0];
  };
  const write = (note: string) => {
    own = note;
    try {
      (shared ?? localStorage).setItem(KEY, note);
    } catch {
      // each tab for itself
    }
  };
  return {
    leftMs: () => Math.max(0, read()[0]),
    failures: () => read()[1],
    /** What failed last, as far as this tab knows. */
    cause: () => lastCause,
    /** Opens a window of `ms`, by default one twice as long as the last. */
    start(ms: number | undefined, cause: unknown): void {
      lastCause = cause;
      const failures = read()[1] + 1;
      const length = Math.min(ms ?? Math.min(1000 * 2 ** failures, 60_000), LONGEST_MS);
      write(`${wall() + length} ${failures}`);
    },
    clear(): void {
      if (read()[1]) write('');
    },
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;
