import { sleep, within } from '../clock.ts';
import type { SealedSession } from '../session/record.ts';
import { underLease } from './underLease.ts';
import { isRenewed } from './isFresh.ts';
import { StoreUnreachable } from '../store/contracts.ts';
import { createPresenter, type Outcome, type PresenterOptions } from './perform.ts';
import type { Found, LiveSession } from '../session/resolve.ts';

const POLL_MS = { first: 20, longest: 250 };
/** How much longer than its callers a flight waits for another instance's: as long as a call may take, and the pause. */
const WAIT_OUTLASTS_CALLERS = 8;
const RETRY_AFTER_MS = 1000;
/** How often a caller looks for itself after a flight that did not serve it. */
const TRIES = 3;

interface Flight {
  readonly outcome: Promise<Outcome>;
  /** Settles when nothing of it is left to do. */
  readonly over: Promise<unknown>;
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
  const flights = new Map<string, Flight>();

  function settled(found: Found, staleVersion: number): Outcome | null {
    if (found.kind === 'ended') return found;
    return isRenewed(found, staleVersion, clock.now()) ? { kind: 'already renewed', session: found } : null;
  }

  async function fly(seal: SealedSession, staleVersion: number, requestId?: string): Promise<Outcome> {
    const startedAtMs = clock.now();
    const waitedMs = () => clock.now() - startedAtMs;
    const longestMs = WAIT_OUTLASTS_CALLERS * refreshTimeoutMs;
    for (let pollMs = POLL_MS.first; waitedMs() < longestMs; pollMs = Math.min(pollMs * 2, POLL_MS.longest)) {
      const work = async (): Promise<Outcome> => {
        metrics.leaseWait.observe(waitedMs() / 1000);
        // Look again: somebody may have renewed, or logged out, between our first look and this lease (P2).
        const found = await sessions.look(seal);
        return settled(found, staleVersion) ?? present(found as LiveSession, startedAtMs, requestId);
      };
      const outcome = await underLease(store, clock, seal.id, refreshTimeoutMs, work, recordingOf);
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
      return running.outcome;
    }
    const land = () => flights.delete(seal.id);
    const outcome = fly(seal, staleVersion, requestId)
      .catch(transient)
      .then((result) => {
        // Landed before anybody hears of it: whoever this outcome does not serve must not join the same flight
        // again. Only a pair that is not recorded yet keeps it in the air, for nobody else knows that pair.
        const recording = recordingOf(result);
        if (recording) void recording.finally(land);
        else land();
        return result;
      });
    flights.set(seal.id, { outcome, over: outcome.then(recordingOf) });
    return outcome;
  }

  async function settle(seal: SealedSession, claimed: number, requestId?: string): Promise<Outcome> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = await sessions.look(seal).catch((err: unknown) => {
        if (flights.has(seal.id)) return null;
        throw err;
      });
      // Nobody saw a version die that never was: taken at its word, such a caller would renew at every look.
      const isKnown = found?.kind !== 'live' || claimed <= found.version;
      const staleVersion = isKnown ? claimed : seal.version;
      const known = found && settled(found, staleVersion);
      if (known) return known;
      const outcome = await join(seal, staleVersion, requestId);
      // A flight may have been another's, who was further behind or whose older seal has ended: look for oneself.
      const serves = 'session' in outcome ? outcome.session.version > staleVersion : outcome.kind !== 'ended';
      if (serves) return outcome;
    }
    return { kind: 'transient', retryAfterMs: RETRY_AFTER_MS };
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
      if (outcome.kind === 'already renewed' && outcome.session.version > seal.version) metrics.saved.inc();
      return outcome;
    },

    /** Resolves once no refresh is in flight: what a server waits for before it stops. */
    async idle(): Promise<void> {
      while (flights.size > 0) await Promise.allSettled([...flights.values()].map(({ over }) => over));
    },
  };
}

function recordingOf(outcome: Outcome): Promise<void> | undefined {
  return outcome.kind === 'renewed' ? outcome.recording : undefined;
}

export type Coordinator = ReturnType<typeof createCoordinator>;
