import { sleep, within } from './clock.ts';
import type { SealedSession } from './coordination/record.ts';
import { underLease } from './coordination/lease.ts';
import { StoreUnreachable } from './coordination/store.ts';
import { createPresenter, type Outcome, type PresenterOptions } from './present.ts';
import type { Found, LiveSession } from './sessions.ts';

/** "Some seconds more", or a quarter of the life of a token that lives shorter than that. */
const GOOD_FOR_MS = 5000;
const JUST_RENEWED_MS = 1000;
const POLL_MS = { first: 20, longest: 250 };
/** How much longer than its callers a flight waits for another instance's: as long as a call may take, and the pause. */
const WAIT_OUTLASTS_CALLERS = 8;
const RETRY_AFTER_MS = 1000;

/**
 * Tells whether the newest pair already is what a caller wants who saw `staleVersion` die.
 *
 * A pair that is itself about to expire would fail the replay (P10); but one that was obtained within the
 * last second is as good as it gets, however short its issuer lets tokens live.
 */
export function isRenewed({ version, pair }: LiveSession, staleVersion: number, nowMs: number): boolean {
  if (version <= staleVersion) return false;
  if (pair.expiresAtMs === null) return true;
  const leftMs = pair.expiresAtMs - nowMs;
  const lifeMs = pair.expiresAtMs - pair.refreshedAtMs;
  return (
    leftMs > Math.min(GOOD_FOR_MS, lifeMs / 4) || (leftMs > 0 && nowMs - pair.refreshedAtMs < JUST_RENEWED_MS)
  );
}

/**
 * Makes the coordinator: whoever asks to renew a session, and however many ask, its refresh token is
 * presented once.
 *
 * Invariant: at most one flight per session in this process, and a flight presents a token only under the
 * session's lease, after a look at the record that was made under that lease.
 */
export function createCoordinator(options: PresenterOptions) {
  const { sessions, store, clock, log, metrics, refreshTimeoutMs } = options;
  const present = createPresenter(options);
  const flights = new Map<string, Promise<Outcome>>();

  function settled(found: Found, staleVersion: number): Outcome | null {
    if (found.kind === 'ended') return found;
    return isRenewed(found, staleVersion, clock.now()) ? { kind: 'already renewed', session: found } : null;
  }

  async function fly(seal: SealedSession, staleVersion: number, requestId?: string): Promise<Outcome> {
    const startedAtMs = clock.now();
    const waitedMs = () => clock.now() - startedAtMs;
    const longestMs = WAIT_OUTLASTS_CALLERS * refreshTimeoutMs;
    for (let pollMs = POLL_MS.first; waitedMs() < longestMs; pollMs = Math.min(pollMs * 2, POLL_MS.longest)) {
      const outcome = await underLease(store, clock, seal.id, refreshTimeoutMs, async () => {
        metrics.leaseWait.observe(waitedMs() / 1000);
        // Look again: somebody may have renewed, or logged out, between our first look and this lease (P2).
        const found = await sessions.look(seal);
        return settled(found, staleVersion) ?? present(found as LiveSession, startedAtMs, requestId);
      });
      if (outcome) return outcome;
      await sleep(clock, pollMs * (0.5 + Math.random() / 2));
      const elsewhere = settled(await sessions.look(seal), staleVersion);
      if (elsewhere) return elsewhere;
    }
    return { kind: 'transient', retryAfterMs: RETRY_AFTER_MS };
  }

  /** Joins the session's flight, or starts one. It belongs to nobody: no caller's leaving ends it. */
  function join(seal: SealedSession, staleVersion: number, requestId?: string): Promise<Outcome> {
    const running = flights.get(seal.id);
    if (running) {
      metrics.joined.inc();
      return running;
    }
    const flight = fly(seal, staleVersion, requestId).catch(transient);
    flights.set(seal.id, flight);
    // A pair that is not recorded yet is known to this flight alone, so the flight stays to be joined.
    void flight
      .then((outcome) => ('recording' in outcome ? outcome.recording : undefined))
      .finally(() => flights.delete(seal.id));
    return flight;
  }

  async function settle(seal: SealedSession, staleVersion: number, requestId?: string): Promise<Outcome> {
    const found = await sessions.look(seal).catch((err: unknown) => {
      if (flights.has(seal.id)) return null;
      throw err;
    });
    const outcome = (found && settled(found, staleVersion)) ?? (await join(seal, staleVersion, requestId));
    // The flight was for a caller who was further behind.
    const isBehind = outcome.kind === 'already renewed' && outcome.session.version <= staleVersion;
    return isBehind ? join(seal, staleVersion, requestId) : outcome;
  }

  function transient(err: unknown): Outcome {
    if (!(err instanceof StoreUnreachable)) log.error({ err }, 'a refresh failed on our side');
    return { kind: 'transient', retryAfterMs: RETRY_AFTER_MS };
  }

  return {
    /** Renews a session that was stale at `staleVersion`; answers within the refresh timeout, never rejects. */
    async renew(seal: SealedSession, staleVersion: number, requestId?: string): Promise<Outcome> {
      metrics.waiting.inc();
      const late: Outcome = { kind: 'transient', retryAfterMs: RETRY_AFTER_MS };
      const outcome = await within(
        clock,
        refreshTimeoutMs,
        settle(seal, staleVersion, requestId).catch(transient),
        late,
      );
      metrics.waiting.dec();
      metrics.renewals.inc({ outcome: outcome.kind });
      if (!('session' in outcome)) return outcome;
      if (outcome.kind === 'already renewed' && outcome.session.version > seal.version) metrics.saved.inc();
      // Joiners come with older and newer seals: the pair is the session's, the seal stays one's own.
      return { ...outcome, session: { ...outcome.session, seal } };
    },

    /** Resolves once no refresh is in flight: what a server waits for before it stops. */
    async idle(): Promise<void> {
      while (flights.size > 0) await Promise.allSettled(flights.values());
    },
  };
}

export type Coordinator = ReturnType<typeof createCoordinator>;
