import type { Clock } from '../../server/clock.ts';

/** A clock that stands still until the test moves it. */
export class FakeClock implements Clock {
  private timers: { readonly atMs: number; readonly run: () => void; readonly id: number }[] = [];
  private nowMs: number;
  private ids = 0;

  constructor(nowMs = Date.UTC(2026, 10, 23)) {
    this.nowMs = nowMs;
  }

  now(): number {
    return this.nowMs;
  }

  setTimeout(run: () => void, ms: number): number {
    this.ids += 1;
    this.timers.push({ atMs: this.nowMs + ms, run, id: this.ids });
    return this.ids;
  }

  clearTimeout(handle: unknown): void {
    this.timers = this.timers.filter(({ id }) => id !== handle);
  }

  /** Moves on, firing what falls due in its order; lets promises run between. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      await settleMicrotasks();
      const next = this.timers.toSorted((a, b) => a.atMs - b.atMs || a.id - b.id)[0];
      if (!next || next.atMs > untilMs) break;
      this.nowMs = next.atMs;
      this.clearTimeout(next.id);
      next.run();
    }
    this.nowMs = untilMs;
    await settleMicrotasks();
  }

  /** Moves on without firing anything: what a machine does that slept, or whose clock was set. */
  jump(ms: number): void {
    this.nowMs += ms;
  }
}

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
