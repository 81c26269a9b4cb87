import type { Ledger } from './ledger.ts';

/** How a call to the issuer was answered, as the process that made it heard it. */
export type Heard = 'granted' | 'refused' | 'rejected' | 'throttled' | 'client refused' | 'transient';

/** How the issuer treats the refreshes of one family, or of everyone. */
export type Mood = 'rejects' | 'throttles' | 'refusesClient';

interface Calls {
  /** When its last call failed, and whether a later one was granted. */
  failedAtMs: number;
  rejections: number;
  rejectedSinceMs: number;
  /** When it was proven dead, by what every process can know; null while it is not. */
  deadSinceMs: number | null;
  readonly grantedAtMs: number[];
}

const DEAD_AFTER_MS = 60_000;
const DEAD_AFTER = 5;
/** No back-off, and no Retry-After that counts, is longer. */
const LONGEST_WINDOW_MS = 300_000;
/** How many sessions must fail in one way before others may be held off. */
const HELD_AFTER: Partial<Record<Heard, number>> = { transient: 5, throttled: 3, 'client refused': 2 };
/** How many grants each token of a session may get in a span: a burst of 5, then one a second. */
const mostGrants = (spanMs: number) => 5 + Math.ceil(spanMs / 1000);

/** Judges DESIGN §5, rules 1 to 4: one session's trouble with the issuer stays its own. */
export class Isolation {
  private readonly ledger: Ledger;
  private readonly sessions = new Map<string, Calls>();
  /** The sessions that failed since the last grant, by how. */
  private failing = new Map<Heard, Set<string>>();
  /** When calls were sent that the issuer granted, refreshes and logins. */
  private readonly grants: { readonly sentAtMs: number; readonly heardAtMs: number }[] = [];
  /** Until when an outage that was one may hold others off. */
  private outageUntilMs = 0;

  /** How many tokens a session has. */
  private readonly tokens: number;

  constructor(ledger: Ledger, tokens: number) {
    this.ledger = ledger;
    this.tokens = tokens;
  }

  private callsOf(session: string): Calls {
    const known = this.sessions.get(session);
    if (known) return known;
    const fresh: Calls = { failedAtMs: -Infinity, rejections: 0, rejectedSinceMs: 0, deadSinceMs: null, grantedAtMs: [] };
    this.sessions.set(session, fresh);
    return fresh;
  } // prettier-ignore

  /** A process heard how a call ended; `session` is null for a login. */
  heard(session: string | null, how: Heard, sentAtMs: number): void {
    const { nowMs } = this.ledger.time;
    if (how === 'granted') {
      this.grants.push({ sentAtMs, heardAtMs: nowMs });
      this.failing = new Map();
      if (session) this.granted(this.callsOf(session), session, nowMs);
      return;
    }
    if (!session || how === 'refused') return;
    const calls = this.callsOf(session);
    calls.failedAtMs = nowMs;
    const failing = this.failing.get(how) ?? new Set();
    this.failing.set(how, failing.add(session));
    if (failing.size >= (HELD_AFTER[how] ?? Infinity)) this.outageUntilMs = nowMs + LONGEST_WINDOW_MS;
    if (how === 'rejected') this.rejected(calls, sentAtMs, nowMs);
  }

  private granted(calls: Calls, session: string, nowMs: number): void {
    calls.rejections = 0;
    calls.failedAtMs = -Infinity;
    calls.deadSinceMs = null;
    calls.grantedAtMs.push(nowMs);
    for (const spanMs of [500, 3000, 10_000]) {
      const since = calls.grantedAtMs.filter((atMs) => atMs > nowMs - spanMs).length;
      if (since <= this.tokens * mostGrants(spanMs)) continue;
      if (this.ledger.storeFailedSince(nowMs - 20_000) || this.ledger.forgotSince(nowMs - 20_000))
        this.ledger.excuse('too many refreshes: the store failed');
      else this.ledger.violate('too many refreshes', `${since} of ${session.slice(0, 4)} in ${spanMs} ms`);
    }
  }

  private rejected(calls: Calls, sentAtMs: number, nowMs: number): void {
    if (calls.rejections === 0) calls.rejectedSinceMs = nowMs;
    calls.rejections += 1;
    const few = (this.failing.get('rejected')?.size ?? 0) < 5;
    // A grant that was heard a moment before the lease was taken may not have been read under it.
    if (few && this.mayEnd(calls) && this.grantedSince(calls, sentAtMs - 1000)) calls.deadSinceMs ??= nowMs;
  }

  /** Whether a call was granted that was sent after the first rejection, and heard of before `beforeMs`. */
  private grantedSince({ rejectedSinceMs }: Calls, beforeMs = Infinity): boolean {
    // A grant that nothing followed for ten minutes is forgotten.
    const fromMs = beforeMs === Infinity ? 0 : beforeMs - 590_000;
    return this.grants.some(
      ({ sentAtMs, heardAtMs }) => sentAtMs > rejectedSinceMs && heardAtMs <= beforeMs && heardAtMs >= fromMs,
    );
  }

  private mayEnd(calls: Calls): boolean {
    return (
      calls.rejections >= DEAD_AFTER &&
      this.ledger.time.nowMs - calls.rejectedSinceMs >= DEAD_AFTER_MS &&
      this.grantedSince(calls)
    );
  }

  /** A session is ended because it was rejected: answers whether that is proven. */
  isProven(session: string): boolean {
    return this.mayEnd(this.callsOf(session));
  }

  /** A refresh token of this session is presented. */
  presented(session: string): void {
    const { deadSinceMs } = this.callsOf(session);
    if (deadSinceMs === null) return;
    if (this.ledger.storeFailedSince(deadSinceMs - DEAD_AFTER_MS) || this.ledger.forgotSince(0))
      this.ledger.excuse('undead: the store failed');
    else this.ledger.violate('undead', `${session.slice(0, 4)} is presented though it is proven dead`);
  }

  /** Whether this session could be held off for a reason of its own, or in an outage that is one. */
  mayBeHeldOff(session: string): boolean {
    const { nowMs } = this.ledger.time;
    const { failedAtMs, grantedAtMs } = this.callsOf(session);
    const isOwn = failedAtMs > nowMs - 2 * LONGEST_WINDOW_MS;
    const isLimited = grantedAtMs.filter((atMs) => atMs > nowMs - 6000).length >= 4;
    return isOwn || isLimited || this.outageUntilMs > nowMs;
  }
}
