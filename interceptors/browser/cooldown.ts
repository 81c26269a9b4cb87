import { wallTime, type Clock } from '../clock.ts';

const LONGEST_MS = 600_000;
const SHORTEST_MS = 1000;

/** Where the tabs of one app share the end of an outage: `localStorage`, or a double of it. */
export type SharedNote = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * Creates the memory of an outage: how many refreshes have failed, and for how long none should be tried.
 *
 * The tabs share it under `key`, so that an outage costs one call per window and not one per tab. Where storage is
 * absent or throws, each tab has its own. An end further away than the longest window is a wrong clock, or an outage
 * that ended long ago. Wall time, because every tab must read the same clock, and a tab that slept too.
 */
export function createCooldown(clock: Clock, key: string, shared: () => SharedNote | undefined) {
  let note = '';
  const storage = (use: (storage: SharedNote | undefined) => void) => {
    try {
      use(shared());
    } catch {
      // This tab keeps its own note.
    }
  };
  const write = (text: string) => {
    note = text;
    storage((it) => it?.setItem(key, text));
  };
  const read = () => {
    storage((it) => (note = it?.getItem(key) ?? note));
    const [until = 0, failures] = note.split(' ').map(Number);
    const leftMs = until - wallTime(clock);
    return Math.abs(leftMs) < LONGEST_MS
      ? { leftMs: Math.max(0, leftMs), failures: failures || 0 }
      : { leftMs: 0, failures: 0 };
  };
  return {
    read,
    /** Opens a window of `ms`, by default one twice as long as the last; never shorter than a second. */
    start(ms?: number): void {
      const failures = read().failures + 1;
      const windowMs = Math.max(ms ?? 1000 * 2 ** Math.min(failures, 6), SHORTEST_MS);
      write(`${wallTime(clock) + Math.min(windowMs, LONGEST_MS)} ${failures}`);
    },
    clear(): void {
      if (note) write('');
    },
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;
