import type { Clock } from '../clock.ts';

const SWEEP_EVERY_MS = 60_000;

/** A map whose entries expire, each at its own time; a sweep once a minute of use removes them. */
export class Expiring<V> {
  private readonly entries = new Map<string, { readonly value: V; readonly untilMs: number }>();
  private readonly clock: Clock;
  private sweptAtMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.sweptAtMs = clock.now();
  }

  /** How many entries are held, expired ones that are not yet swept away included. */
  get size(): number {
    return this.entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    return entry && entry.untilMs > this.clock.now() ? entry.value : undefined;
  }

  set(key: string, value: V, ttlMs: number): void {
    this.sweep();
    this.entries.set(key, { value, untilMs: this.clock.now() + ttlMs });
  }

  update(key: string, value: V): void {
    const entry = this.entries.get(key);
    if (entry) this.entries.set(key, { ...entry, value });
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  *keys(): Iterable<string> {
    for (const [key, { untilMs }] of this.entries) if (untilMs > this.clock.now()) yield key;
  }

  private sweep(): void {
    const now = this.clock.now();
    if (now - this.sweptAtMs < SWEEP_EVERY_MS) return;
    this.sweptAtMs = now;
    for (const [key, { untilMs }] of this.entries) if (untilMs <= now) this.entries.delete(key);
  }
}
