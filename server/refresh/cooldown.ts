import type { Clock } from '../clock.ts';
import type { Failure } from '../issuers/failure.ts';
import {
  HELD_AFTER,
  isOutage,
  isReached,
  LONGEST_ASKED_MS,
  NO_FAILURES,
  windowMs,
  type FailureKind,
  type IssuerHealth,
  type SessionFailures,
} from '../store/outage.ts';
import type { FailureCounts } from '../store/contracts.ts';

/** A failure that leaves the session alive. */
export type SurvivedFailure = Exclude<Failure, { kind: 'refused' }>;

/** A session is dead once its refresh token was rejected this often, over this long, while the issuer granted others. */
const DEAD_AFTER_REJECTIONS = 5;
const DEAD_AFTER_MS = 60_000;
/** How long a session's failures are remembered after their window, so that a person who returns once an hour is counted. */
const OUTLASTS_MS = { failures: 600_000, rejections: 86_400_000 };

/** What is known of a session's calls and of the issuer, as read under the session's lease. */
export interface KnownFailures {
  readonly own: SessionFailures;
  readonly issuer: IssuerHealth;
}

/** Whether the issuer may be called now. */
export type Permission =
  | { readonly kind: 'granted' }
  | { readonly kind: 'held off'; readonly forMs: number }
  /** The issuer refuses this app. */
  | { readonly kind: 'client refused' };

/**
 * Holds refreshes off after failures: the session that failed from the first one, all sessions only when enough
 * distinct sessions failed without a grant between.
 *
 * All of it lives in the store, so that an outage costs one call a window however many instances there are. What the
 * store cannot keep fails no session. While it cannot be read no permission is granted, as no token is presented then.
 */
export function createCooldown(store: FailureCounts, clock: Clock) {
  const ignoreFailure = (work: Promise<unknown>) => work.then(ignore, ignore);

  return {
    /** @throws {StoreUnreachable} */
    known: (session: string): Promise<KnownFailures> => store.failures(session),

    /** @throws {StoreUnreachable} */
    async ask(session: string, { own, issuer }: KnownFailures): Promise<Permission> {
      const now = clock.now();
      if (own.untilMs > now) {
        return own.kind === 'client refused'
          ? { kind: 'client refused' }
          : { kind: 'held off', forMs: own.untilMs - now };
      }
      if (!isOutage(issuer)) return { kind: 'granted' };
      const isRefused = isReached(issuer, 'client refused');
      const heldOff = (untilMs: number): Permission =>
        isRefused ? { kind: 'client refused' } : { kind: 'held off', forMs: untilMs - now };
      if (issuer.untilMs > now) return heldOff(issuer.untilMs);
      // The window is over. The next one is opened in one atomic step, and only the caller that opens it may call.
      const next = await store.countFailure({ kind: null, session, nowMs: now, askedMs: 0 });
      return next.opened || next.untilMs <= now ? { kind: 'granted' } : heldOff(next.untilMs);
    },

    /**
     * Counts a failure of this session.
     *
     * @returns for how long its callers should wait, and whether the session is proven dead (DESIGN §5, rule 2)
     */
    async failed(
      session: string,
      { own, issuer }: KnownFailures,
      failure: SurvivedFailure,
    ): Promise<{ readonly forMs: number; readonly isDead: boolean }> {
      const now = clock.now();
      const askedMs = Math.min(('retryAfterMs' in failure && failure.retryAfterMs) || 0, LONGEST_ASKED_MS);
      const failures = own.failures + 1;
      const forMs = Math.max(windowMs(failures), askedMs);
      const next = { ...own, ...rejectionsAfter(own, failure, now), failures, untilMs: now + forMs };
      const outlastsMs = next.rejection === null ? OUTLASTS_MS.failures : OUTLASTS_MS.rejections;
      const isDead = isProvenDead(next, issuer, failure.kind, now);
      await Promise.all([
        ignoreFailure(store.setFailures(session, { ...next, kind: failure.kind }, forMs + outlastsMs)),
        ignoreFailure(store.countFailure({ kind: failure.kind, session, nowMs: now, askedMs })),
      ]);
      return { forMs, isDead };
    },

    /** Forgets all failures: the issuer granted a call that was sent at `sentAtMs`. */
    async granted(session: string, { own }: KnownFailures, sentAtMs: number, keep?: number): Promise<void> {
      const isKept = keep !== undefined || own.failures > 0;
      const next = { ...NO_FAILURES, fullAtMs: keep ?? own.fullAtMs };
      await Promise.all([
        ignoreFailure(store.setHealthy(sentAtMs)),
        ...(isKept
          ? [ignoreFailure(store.setFailures(session, next, Math.max(1, next.fullAtMs - clock.now())))]
          : []),
      ]);
    },

    /** An answer that is a verdict on the token ends an outage too; it is no grant. */
    async answered({ issuer }: KnownFailures): Promise<void> {
      await ignoreFailure(store.setHealthy(issuer.grantedAtMs));
    },

    /** A login was granted: it says as much about the issuer as a refresh. Never rejects. */
    loginGranted: (sentAtMs: number): Promise<void> => ignoreFailure(store.setHealthy(sentAtMs)),
  };
}

export type Cooldown = ReturnType<typeof createCooldown>;

function ignore(): void {
  // What the store cannot keep is courtesy to the issuer.
}

/** The streak of one rejection: another failure does not break it, another rejection begins a new one. */
function rejectionsAfter(own: SessionFailures, failure: SurvivedFailure, nowMs: number) {
  if (failure.kind !== 'rejected') return {};
  const { status, oauthError = '' } = failure.cause;
  const rejection = `${status}:${oauthError}`.replaceAll(' ', '+');
  return rejection === own.rejection
    ? { rejections: own.rejections + 1 }
    : { rejection, rejections: 1, rejectedSinceMs: nowMs };
}

/**
 * Tells whether a session is dead although no `invalid_grant` came. The issuer must be well: it granted a call that was
 * sent after the first rejection, and since then few other sessions were rejected. A misrouted gateway that answers 404
 * to everyone proves nothing.
 */
function isProvenDead(own: SessionFailures, issuer: IssuerHealth, kind: FailureKind, nowMs: number): boolean {
  return (
    kind === 'rejected' &&
    own.rejections >= DEAD_AFTER_REJECTIONS &&
    nowMs - own.rejectedSinceMs >= DEAD_AFTER_MS &&
    issuer.grantedAtMs > own.rejectedSinceMs &&
    issuer.sessions.rejected.length < HELD_AFTER.rejected
  );
}
