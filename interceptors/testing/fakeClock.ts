import type { Clock } from '../clock.ts';
import { settled } from './deferred.ts';

export interface FakeClock extends Clock {
  /** Advances the time by `ms`: due timers run in their order, and after each the promises that it resolved. */
  advance(ms: number): Promise<void>;
  /** Milliseconds since the clock was created. */
  now(): number;
  /** How many timers are set. */
  readonly timers: number;
}

/** Creates a clock that stands still until `advance`: pass it to `createReauth({ clock })`. */
export function createFakeClock(): FakeClock {
  const due = new Map<number, { readonly at: number; readonly work: () => void }>();
  let now = 0;
  let last = 0;

  const next = (until: number) =>
    [...due].filter(([, { at }]) => at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];

  return {
    performance: { now: () => now, timeOrigin: 0 },
    now: () => now,
    setTimeout(work, ms) {
      due.set(++last, { at: now + Math.max(0, ms), work });
      return last;
    },
    clearTimeout: (timer) => void due.delete(timer as number),
    get timers() {
      return due.size;
    },
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (let timer = next(until); timer; timer = next(until)) {
        const [id, { at, work }] = timer;
        due.delete(id);
        now = at;
        work();
        await settled();
      }
      now = until;
    },
  };
}
