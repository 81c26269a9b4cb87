import type { Clock } from '../clock.ts';
import { LONGEST_ASKED_MS, OUTAGE_AFTER, windowMs } from '../store/outage.ts';
import type { FailureCounts } from '../store/contracts.ts';

const MISCONFIGURED_MS = 10_000;
const MISCONFIGURED = 'misconfigured';

/** Whether the issuer may be asked now; who was granted it says what came of it. */
export type Permission =
  Granted | { readonly kind: 'held off'; readonly forMs: number } | { readonly kind: 'misconfigured' };

interface Granted {
  readonly kind: 'granted';
  /** Counts a failure, and answers for how long this session's callers should hold off. */
  failed(retryAfterMs: number | null): Promise<number>;
  /** An answer that is one ends the outage, a refusal as well. */
  answered(): Promise<void>;
  misconfigured(): Promise<void>;
}

/**
 * Holds refreshes off after failures: per session from the first one, for everybody once it is an outage.
 *
 * All of it lives in the store, so that an outage costs one call a window however many instances there are. It is
 * courtesy: what a store cannot keep fails nobody. While it cannot be read nothing is granted, as nothing is
 * presented then.
 */
export function createCooldown(store: FailureCounts, clock: Clock) {
  const quietly = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      () => undefined,
    );

  function grant(id: string, failuresBefore: number): Granted {
    return {
      kind: 'granted',
      async failed(retryAfterMs) {
        const now = clock.now();
        const failures = failuresBefore + 1;
        const askedMs = Math.min(retryAfterMs ?? 0, LONGEST_ASKED_MS);
        const forMs = Math.max(windowMs(failures), askedMs);
        await Promise.all([
          quietly(store.setCooldown(id, { failures, untilMs: now + forMs })),
          quietly(store.countFailures(1, now, askedMs)),
        ]);
        return forMs;
      },
      async answered() {
        const own = failuresBefore > 0 ? [quietly(store.endCooldown(id))] : [];
        await Promise.all([quietly(store.endOutage()), ...own]);
      },
      async misconfigured() {
        const untilMs = clock.now() + MISCONFIGURED_MS;
        await quietly(store.setCooldown(MISCONFIGURED, { failures: 1, untilMs }));
      },
    };
  }

  return {
    /** @throws {StoreUnreachable} */
    async ask(id: string): Promise<Permission> {
      const [own, app, outage] = await Promise.all([
        store.cooldown(id),
        store.cooldown(MISCONFIGURED),
        store.outage(),
      ]);
      const now = clock.now();
      if (app.untilMs > now) return { kind: 'misconfigured' };
      const untilMs = Math.max(own.untilMs, outage.untilMs);
      if (untilMs > now) return { kind: 'held off', forMs: untilMs - now };
      if (outage.failures >= OUTAGE_AFTER) {
        // The window is over: the next is opened in one atomic step, and only who opens it may call.
        const next = await store.countFailures(0, now, 0);
        if (!next.opened && next.untilMs > now) return { kind: 'held off', forMs: next.untilMs - now };
      }
      return grant(id, own.failures);
    },
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;
