import type { Clock } from '../../server/clock.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** A happening that is due; `cancel` takes it back. */
export interface Handle {
  cancel(): void;
}

/** Lets everything run that waits for no clock: one turn of the event loop drains every promise and tick. */
const drain = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Time that passes only where something happens. Between two happenings all promises run to where they wait
 * again, so that a history is the same at every run.
 */
export class VirtualTime {
  nowMs = Date.UTC(2026, 10, 23);
  private due: Due[] = [];
  private order = 0;

  /** Makes `run` due in `ms`; what is due at the same moment runs in the order in which it became so. */
  in(ms: number, run: () => void): Handle {
    const atMs = this.nowMs + Math.max(0, ms);
    const entry: Due = { atMs, order: this.order++, run, cancelled: false };
    let [low, high] = [0, this.due.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      // Latest first: the next one is taken off the end.
      if (this.due[middle]!.atMs > atMs) low = middle + 1;
      else high = middle;
    }
    this.due.splice(low, 0, entry);
    return { cancel: () => void (entry.cancelled = true) };
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await drain();
    for (;;) {
      const next = this.due.at(-1);
      if (!next || next.atMs > untilMs) break;
      this.due.pop();
      if (next.cancelled) continue;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await drain();
    }
    this.nowMs = untilMs;
  }
}

/**
 * Something that runs code: an instance of the server, or a tab. All that reaches it comes through `deliver`, so that
 * a crash and a standstill need no help from the code that runs in it.
 */
export class Process {
  readonly time: VirtualTime;
  readonly timers = new Set<object>();
  /** When it died; null while it lives. */
  diedAtMs: number | null = null;
  private frozenMs = 0;
  private readonly standstills: { readonly ms: number; readonly untilMs: number }[] = [];
  private frozenSinceMs: number | null = null;
  private readonly backlog: (() => void)[] = [];
  private readonly wills: (() => void)[] = [];

  constructor(time: VirtualTime) {
    this.time = time;
  }

  get isAlive(): boolean {
    return this.diedAtMs === null;
  }

  /** How long it stood still in all. */
  get stoodStillMs(): number {
    return this.frozenMs + (this.frozenSinceMs === null ? 0 : this.time.nowMs - this.frozenSinceMs);
  }

  /** Whether it stood still for so long at a stretch, since then or until just before. */
  hasStoodStill(ms: number, sinceMs: number, untilMs = Infinity): boolean {
    const now = this.frozenSinceMs === null ? 0 : this.time.nowMs - this.frozenSinceMs;
    if (now >= ms && untilMs === Infinity) return true;
    return this.standstills.some(
      (one) => one.ms >= ms && one.untilMs >= sinceMs - 1000 && one.untilMs <= untilMs,
    );
  }

  deliver(run: () => void): void {
    if (!this.isAlive) return;
    if (this.frozenSinceMs === null) run();
    else this.backlog.push(run);
  }

  /** Runs when it dies. */
  onDeath(run: () => void): void {
    this.wills.push(run);
  }

  freeze(): void {
    this.frozenSinceMs ??= this.time.nowMs;
  }

  thaw(): void {
    if (this.frozenSinceMs === null) return;
    const ms = this.time.nowMs - this.frozenSinceMs;
    this.frozenMs += ms;
    this.standstills.push({ ms, untilMs: this.time.nowMs });
    this.frozenSinceMs = null;
    // One at a time, with what it sets off in between: as an event loop works off its backlog.
    for (const run of this.backlog.splice(0)) this.time.in(0, () => this.deliver(run));
  }

  die(): void {
    if (!this.isAlive) return;
    this.diedAtMs = this.time.nowMs;
    this.timers.clear();
    for (const run of this.wills) run();
  }

  readonly clock: Clock & { readonly performance: { now(): number; readonly timeOrigin: number } } = {
    now: () => this.time.nowMs,
    performance: { now: () => this.time.nowMs, timeOrigin: 0 },
    setTimeout: (run, ms) => {
      const timer = {};
      if (!this.isAlive) return timer;
      this.timers.add(timer);
      this.time.in(ms, () => {
        this.deliver(() => {
          if (this.timers.delete(timer)) run();
        });
      });
      return timer;
    },
    clearTimeout: (timer) => void this.timers.delete(timer as object),
  };
}
