import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { SessionStore } from './store.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/**
 * One failure may be one person's bad luck; five in a row, whoever's, without a success between are an outage.
 * Where one call in ten fails at random, five in a row come once in 100,000 calls; three come once in 1,000.
 */
const OUTAGE_AFTER = 5;
const MISCONFIGURED_MS = 10_000;

const OUTAGE = 'outage';
const MISCONFIGURED = 'misconfigured';

/** Whether the issuer may be asked now. */
export type Permission =
  | { readonly kind: 'granted' }
  | { readonly kind: 'held off'; readonly forMs: number }
  | { readonly kind: 'misconfigured' };

/** The n-th window in a row, in ms: doubling from one second. */
const windowMs = (count: number) => Math.min(FIRST_MS * 2 ** (count - 1), LONGEST_MS);

/**
 * Holds refreshes off after failures: per session from the first one, for everybody once it is an outage.
 *
 * Windows live in the store, so that all instances share them; how often it failed in a row is each
 * instance's own count. In an outage whoever finds the window over opens the next before it calls, so that
 * an outage costs one call a window; and windows double, not failures: sixty calls that failed in the same
 * moment are one bad moment. Cooldowns are courtesy: a store that cannot keep them fails nobody.
 */
export function createCooldown(store: SessionStore, clock: Clock) {
  const failures = new LRUCache<string, number>({ max: 10_000 });
  let streak = 0;
  let windows = 0;
  let openUntilMs = 0;

  async function holdOff(name: string, ms: number): Promise<void> {
    await store.setCooldown(name, clock.now() + ms, ms + FIRST_MS).catch(() => undefined);
  }

  /** Keeps everybody off for the next window, or for longer where the issuer asked for that. */
  async function openWindow(askedMs = 0): Promise<void> {
    windows += 1;
    const ms = Math.max(windowMs(windows), askedMs);
    openUntilMs = clock.now() + ms;
    await holdOff(OUTAGE, ms);
  }

  return {
    async ask(id: string): Promise<Permission> {
      const [session = 0, outage = 0, misconfigured = 0] = await Promise.all(
        [id, OUTAGE, MISCONFIGURED].map((name) => store.cooldown(name)),
      );
      const now = clock.now();
      if (misconfigured > now) return { kind: 'misconfigured' };
      const untilMs = Math.max(session, outage, openUntilMs);
      if (untilMs > now) return { kind: 'held off', forMs: untilMs - now };
      // Opened without an await in between: two callers that found the window over must not both call.
      if (streak >= OUTAGE_AFTER) await openWindow();
      return { kind: 'granted' };
    },

    /** Counts a failure, and answers for how long this session's callers should hold off. */
    async failed(id: string, retryAfterMs: number | null): Promise<number> {
      const count = (failures.get(id) ?? 0) + 1;
      failures.set(id, count);
      streak += 1;
      const askedMs = Math.min(retryAfterMs ?? 0, 10 * LONGEST_MS);
      const forMs = Math.max(windowMs(count), askedMs);
      const now = clock.now();
      if (streak >= OUTAGE_AFTER) {
        if (now >= openUntilMs) await openWindow(askedMs);
        else if (now + askedMs > openUntilMs) {
          openUntilMs = now + askedMs;
          await holdOff(OUTAGE, askedMs);
        }
      }
      await holdOff(id, forMs);
      return forMs;
    },

    async misconfigured(): Promise<void> {
      await holdOff(MISCONFIGURED, MISCONFIGURED_MS);
    },

    /** An answer that is one ends the outage, a refusal as well. */
    async answered(id: string): Promise<void> {
      failures.delete(id);
      const wasOutage = streak >= OUTAGE_AFTER;
      streak = windows = openUntilMs = 0;
      if (wasOutage) await holdOff(OUTAGE, 0);
    },
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;
