import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { SessionStore } from './store.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** One failure may be one person's bad luck; three in a row without a success between are an outage. */
const OUTAGE_AFTER = 3;
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
 * an outage costs one call a window. Cooldowns are courtesy: a store that cannot keep them fails nobody.
 */
export function createCooldown(store: SessionStore, clock: Clock) {
  const failures = new LRUCache<string, number>({ max: 10_000 });
  let streak = 0;
  let probedUntilMs = 0;

  async function holdOff(name: string, ms: number): Promise<void> {
    await store.setCooldown(name, clock.now() + ms, ms + FIRST_MS).catch(() => undefined);
  }

  return {
    async ask(id: string): Promise<Permission> {
      const [session = 0, outage = 0, misconfigured = 0] = await Promise.all(
        [id, OUTAGE, MISCONFIGURED].map((name) => store.cooldown(name)),
      );
      const now = clock.now();
      if (misconfigured > now) return { kind: 'misconfigured' };
      const untilMs = Math.max(session, outage, probedUntilMs);
      if (untilMs > now) return { kind: 'held off', forMs: untilMs - now };
      if (streak >= OUTAGE_AFTER) {
        // Set before the next await: two callers that found the window over must not both call.
        probedUntilMs = now + windowMs(streak - OUTAGE_AFTER + 1);
        await holdOff(OUTAGE, probedUntilMs - now);
      }
      return { kind: 'granted' };
    },

    /** Counts a failure, and answers for how long this session's callers should hold off. */
    async failed(id: string, retryAfterMs: number | null): Promise<number> {
      const count = (failures.get(id) ?? 0) + 1;
      failures.set(id, count);
      streak += 1;
      const asked = Math.min(retryAfterMs ?? 0, 10 * LONGEST_MS);
      const forMs = Math.max(windowMs(count), asked);
      await holdOff(id, forMs);
      if (streak >= OUTAGE_AFTER) await holdOff(OUTAGE, Math.max(windowMs(streak - OUTAGE_AFTER + 1), asked));
      return forMs;
    },

    async misconfigured(): Promise<void> {
      await holdOff(MISCONFIGURED, MISCONFIGURED_MS);
    },

    /** An answer that is one ends the outage, a refusal as well. */
    async answered(id: string): Promise<void> {
      failures.delete(id);
      if (streak >= OUTAGE_AFTER) await holdOff(OUTAGE, 0);
      streak = 0;
      probedUntilMs = 0;
    },
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;
