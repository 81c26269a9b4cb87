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

/**
 * Holds refreshes off after failures: per session from the first one, for everybody once it is an outage.
 *
 * Windows live in the store, so that all instances share them; how often it failed is each instance's own
 * count. In an outage whoever finds the window over opens the next one before it calls: one call a window.
 */
export function createCooldown(store: SessionStore, clock: Clock) {
  const failures = new LRUCache<string, number>({ max: 10_000 });

  const windowMs = (name: string) => Math.min(FIRST_MS * 2 ** ((failures.get(name) ?? 1) - 1), LONGEST_MS);

  async function holdOff(name: string, ms: number): Promise<void> {
    await store.setCooldown(name, clock.now() + ms, ms + FIRST_MS);
  }

  return {
    async ask(id: string): Promise<Permission> {
      const [session, outage, misconfigured] = await Promise.all([id, OUTAGE, MISCONFIGURED].map((name) => store.cooldown(name)));
      const now = clock.now();
      if ((misconfigured ?? 0) > now) return { kind: 'misconfigured' };
      const untilMs = Math.max(session ?? 0, outage ?? 0);
      if (untilMs > now) return { kind: 'held off', forMs: untilMs - now };
      if ((failures.get(OUTAGE) ?? 0) >= OUTAGE_AFTER) await holdOff(OUTAGE, windowMs(OUTAGE));
      return { kind: 'granted' };
    },

    /** Counts a failure, and answers for how long callers should hold off. */
    async failed(id: string, retryAfterMs: number | null): Promise<number> {
      const count = (failures.get(OUTAGE) ?? 0) + 1;
      failures.set(OUTAGE, count);
      failures.set(id, (failures.get(id) ?? 0) + 1);
      const forMs = Math.min(Math.max(windowMs(id), retryAfterMs ?? 0), 10 * LONGEST_MS);
      await holdOff(id, forMs);
      if (count >= OUTAGE_AFTER) await holdOff(OUTAGE, Math.max(FIRST_MS * 2 ** Math.min(count - OUTAGE_AFTER, 5), retryAfterMs ?? 0));
      return forMs;
    },

    async misconfigured(): Promise<void> {
      await holdOff(MISCONFIGURED, MISCONFIGURED_MS);
    },

    /** Any answer that is one ends the outage, a refusal too. */
    async answered(id: string): Promise<void> {
      const wasOutage = (failures.get(OUTAGE) ?? 0) >= OUTAGE_AFTER;
      failures.delete(id);
      failures.delete(OUTAGE);
      if (wasOutage) await holdOff(OUTAGE, 0);
    },
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;
