import { sleep, within } from '../clock.ts';
import type { SealedSession } from '../session/record.ts';
import type { KnownFailures } from './cooldown.ts';
import { underLease, type Leased } from './underLease.ts';
import { isAlive, isFresh } from './isFresh.ts';
import { isStoreUnreachable } from '../store/contracts.ts';
import { createPerform, type Asked, type Outcome, type PerformOptions } from './perform.ts';
import type { Found, LiveSession } from '../session/resolve.ts';
import { meantBy, tokenOf, type Stale } from '../session/tokens.ts';
import { noResources } from '../settings/resources.ts';

const POLL_MS = { first: 20, longest: 250 };
/** How long a refresh waits for another instance, beyond the wait of its own callers: the longest issuer call and the pause. */
const WAIT_OUTLASTS_CALLERS = 8;
const RETRY_AFTER_MS = 1000;
/** How often a caller looks for itself after a refresh that did not serve it, and once more for each resource. */
const TRIES = 3;

/** What one run led to; `released` resolves once its lease is free. */
interface Ran {
  readonly outcome: Outcome;
  readonly released?: Promise<void>;
}

interface Looked {
  readonly found: Found;
  readonly known: KnownFailures;
}

/**
 * Makes the coordinator: however many callers ask to refresh a session, its refresh token is presented once.
 *
 * Invariant: at most one refresh per session runs in this process, and it presents a token only under the
 * session's lease, after a look at the record that was made under that lease.
 */
export function createCoordinator(options: PerformOptions) {
  const { sessions, store, cooldown, clock, log, metrics, refreshTimeoutMs } = options;
  const { resources = noResources(), refused } = options;
  const perform = createPerform(options);
  /** The outcome of the refresh that runs for a session in this process, for all callers that need one. */
  const running = new Map<string, Promise<Outcome>>();
  /** Each settles when nothing of a refresh is left to do. */
  const unfinished = new Set<Promise<unknown>>();

  const meant = (found: LiveSession, stale: Stale) => meantBy(stale, found, found.seal, resources);

  function settled(found: Found, stale: Stale): Outcome | null {
    if (found.kind === 'ended') return found;
    const { name, version } = meant(found, stale);
    const token = tokenOf(found, name);
    return token && isFresh(token, version, clock.now()) ? { kind: 'already fresh', session: found } : null;
  }

  /** Whether an outcome is one for a caller that saw this token expire. */
  function serves(outcome: Outcome, stale: Stale): boolean {
    if (!('session' in outcome)) return outcome.kind !== 'ended';
    const { session } = outcome;
    const { name, version } = meant(session, stale);
    if (outcome.kind === 'resource refused') return outcome.name === name;
    const token = tokenOf(session, name);
    if (!token) return false;
    if (outcome.kind === 'limited') return token.version >= version && isAlive(token, clock.now());
    return token.version > version;
  }

  /** One try: performs the refresh if the lease is free. Looks again under it: another instance may have refreshed, or logged out (P2). */
  function attempt(seal: SealedSession, stale: Stale, asked: Asked): Promise<Leased<Looked, Outcome>> {
    const { id } = seal;
    return underLease<Looked, Outcome>(
      { store, clock, id, pauseMs: refreshTimeoutMs },
      {
        look: async (acquiring) => {
          const [found, known] = await Promise.all([sessions.look(seal, acquiring), cooldown.known(id)]);
          return { found, known };
        },
        work: async ({ found, known }) => {
          metrics.leaseWait.observe((clock.now() - asked.atMs) / 1000);
          const done = settled(found, stale);
          if (done) return done;
          const old = found as LiveSession;
          return perform({ old, known, name: meant(old, stale).name }, asked);
        },
        lingers: recordingOf,
      },
    );
  }

  async function run(seal: SealedSession, stale: Stale, asked: Asked): Promise<Ran> {
    const longestMs = WAIT_OUTLASTS_CALLERS * refreshTimeoutMs;
    for (let pollMs = POLL_MS.first; clock.now() - asked.atMs < longestMs;) {
      const leased = await attempt(seal, stale, asked);
      if (leased.held) return { outcome: leased.result, released: leased.released };
      const elsewhere = settled(leased.looked.found, stale);
      if (elsewhere) return { outcome: elsewhere };
      await sleep(clock, pollMs * (0.5 + Math.random() / 2));
      pollMs = Math.min(pollMs * 2, POLL_MS.longest);
    }
    return { outcome: { kind: 'transient', retryAfterMs: RETRY_AFTER_MS } };
  }

  /** Joins the session's running refresh, or starts one. It belongs to no caller: none ends it by leaving. */
  function join(seal: SealedSession, stale: Stale, requestId?: string): Promise<Outcome> {
    const known = running.get(seal.id);
    if (known) {
      metrics.joined.inc();
      return known;
    }
    const done = () => running.delete(seal.id);
    const asked = { atMs: clock.now(), requestId };
    const ran = run(seal, stale, asked).catch((err: unknown): Ran => ({ outcome: transient(err) }));
    const outcome = ran.then(({ outcome: result }) => {
      // Removed before a caller hears of it: one that this outcome does not serve must not join it again. Only a
      // pair that is not recorded yet keeps it: no other process knows that pair.
      const recording = recordingOf(result);
      if (recording) void recording.finally(done);
      else done();
      return result;
    });
    running.set(seal.id, outcome);
    const over = ran.then(({ released }) => released).finally(() => unfinished.delete(over));
    unfinished.add(over);
    return outcome;
  }

  async function lookUnlessRunning(seal: SealedSession): Promise<Found | null> {
    return sessions.look(seal).catch((err: unknown) => {
      if (running.has(seal.id)) return null;
      throw err;
    });
  }

  async function settle(session: LiveSession, asked: Stale, requestId?: string): Promise<Outcome> {
    const { seal } = session;
    let [claimed, stale] = [asked, asked];
    let found: Found | null = session.isBlind ? await lookUnlessRunning(seal) : session;
    for (let tries = 0; tries < TRIES + resources.size; tries += 1) {
      if (found?.kind === 'live') {
        stale = meant(found, claimed);
        if (typeof stale.name === 'string') {
          // From here on it is this resource, whatever is refreshed in the meantime.
          claimed = stale;
          if (refused?.has(seal.id, stale.name) && !settled(found, stale))
            return { kind: 'resource refused', session: found, name: stale.name };
        }
      }
      const known = found && settled(found, stale);
      if (known) return known;
      const outcome = await join(seal, stale, requestId);
      // It may have been another caller's, who was further behind, or wanted another token, or whose older seal has
      // ended: look again.
      if (serves(outcome, stale)) return outcome;
      found = await lookUnlessRunning(seal);
    }
    return { kind: 'transient', retryAfterMs: RETRY_AFTER_MS };
  }

  function transient(err: unknown): Outcome {
    if (!isStoreUnreachable(err)) log.error({ err }, 'a refresh failed on our side');
    return { kind: 'transient', retryAfterMs: RETRY_AFTER_MS };
  }

  return {
    /** Refreshes a token of a session that expired; answers within the refresh timeout, never rejects. */
    async refresh(session: LiveSession, stale: Stale, requestId?: string): Promise<Outcome> {
      metrics.waiting.inc();
      const late: Outcome = { kind: 'transient', retryAfterMs: RETRY_AFTER_MS };
      const settling = settle(session, stale, requestId).catch(transient);
      const outcome = await within(clock, refreshTimeoutMs, settling, late);
      metrics.waiting.dec();
      metrics.countRefresh(outcome.kind);
      if (outcome.kind === 'already fresh' && outcome.session.version > session.seal.version)
        metrics.saved.inc();
      return outcome;
    },

    /** Resolves once no refresh runs: what a server waits for before it stops. */
    async idle(): Promise<void> {
      while (unfinished.size > 0) await Promise.allSettled(unfinished);
    },
  };
}

function recordingOf(outcome: Outcome): Promise<void> | undefined {
  return outcome.kind === 'refreshed' ? outcome.recording : undefined;
}

export type Coordinator = ReturnType<typeof createCoordinator>;
