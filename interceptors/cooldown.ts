import type { Clock } from './clock.ts';

const KEY = 'reseal_cooldown';
const LONGEST_MS = 600_000;

/** Where the tabs of one person tell each other of an outage: `localStorage`, or a double of it. */
export type SharedNote = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * Makes the memory of an outage: how many windows have failed, and for how long nobody need ask.
 *
 * Shared, so that an outage costs one call per window and not one per tab; where storage is absent or throws, each
 * tab has its own. An end further away than any window is long is a clock's lie, or an outage long over.
 */
export function createCooldown({ performance }: Clock, shared?: SharedNote) {
  let note = '';
  const now = () => performance.timeOrigin + performance.now();
  const storage = (use: (storage: SharedNote) => void) => {
    try {
      use(shared ?? localStorage);
    } catch {
      // then for this tab only
    }
  };
  const write = (text: string) => {
    note = text;
    storage((it) => it.setItem(KEY, text));
  };
  const read = () => {
    storage((it) => (note = it.getItem(KEY) ?? note));
    const [until = 0, failures = 0] = note.split(' ').map(Number);
    const leftMs = until - now();
    return Math.abs(leftMs) < LONGEST_MS
      ? { leftMs: Math.max(0, leftMs), failures }
      : { leftMs: 0, failures: 0 };
  };
  return {
    read,
    /** Opens a window of `ms`, by default one twice as long as the last. */
    start(ms?: number): void {
      const failures = read().failures + 1;
      write(`${now() + Math.min(ms ?? 1000 * 2 ** Math.min(failures, 6), LONGEST_MS)} ${failures}`);
    },
    clear(): void {
      if (note) write('');
    },
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;
