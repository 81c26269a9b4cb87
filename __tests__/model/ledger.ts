import type { Process, VirtualTime } from './time.ts';

/** The promises of the protocol, by the names that the figures carry. */
export type Rule =
  | 'presented twice' // I1: a token that the issuer had used up or refused, and that could be known
  | 'logged out' // I2: a person, while the issuer's session lives
  | 'request lost' // I2: a request, by a second 401 that the engine could have spared it
  | 'works after logout' // I3
  | 'another person' // I4: a request under a token that is not its cookie's
  | 'not whom the page shows' // I4: a request for another person than the page that made it showed
  | 'unsettled' // I5
  | 'two at once' // I6
  | 'lives at the issuer' // I3, at the issuer: a session that was logged out
  | 'held off for another' // I7, DESIGN §5 rules 1 and 3: a refresh that only other sessions' trouble prevented
  | 'undead' // I8, rule 2: a session that is proven dead and presented once more
  | 'too many refreshes' // I9, rule 4
  | 'refreshed uninvited' // I10: a refresh that PROXY_REFRESH does not allow
  | 'writes a cookie' // I11: an answer of the proxy that writes the session's cookie
  | 'another resource' // I13: a token sent to another upstream than the one that it was obtained for
  | 'done twice' // I14: what took a new login, done more than once for one request
  | 'stepped back' // I15: a token from before a step-up, presented after it
  | 'login refused'; // I12: a login that the issuer granted, refused for the failure of a hook

export interface Violation {
  readonly rule: Rule;
  readonly atMs: number;
  readonly text: string;
}

/** One presentation of a refresh token, as only someone who sees everything can tell it. */
export interface Call {
  readonly token: string;
  readonly session: string;
  readonly process: Process;
  readonly sentAtMs: number;
  arrived: boolean;
  /** `null` too where the issuer answered without looking at the token. */
  outcome: 'rotated' | 'refused' | 'unused' | null;
  /** Whether the issuer is done with it, no matter who heard the answer. */
  over: boolean;
  /** Whether the answer fell by the wayside. */
  lost: boolean;
  /** The process gave up after six times its callers' patience. */
  abandoned: boolean;
  /** What it came to is in the store: the new pair, or that the token is dead. */
  recordedAtMs: number | null;
}

/** Whether what the issuer answered is where no one can get at it; unless it was recorded. */
export function isOutOfReach({ lost, abandoned, process, sentAtMs }: Call): boolean {
  return lost || abandoned || !process.isAlive || process.hasStoodStill(1000, sentAtMs);
}

export interface Family {
  readonly id: number;
  readonly person: string;
  /** Unknown until the login that it came from has been answered. */
  session: string | null;
  alive: boolean;
  readonly foundedAtMs: number;
  newest: string;
}

export interface SessionStory {
  readonly id: string;
  readonly person: string;
  /** The family of the newest login: a step-up brings another. */
  family: Family;
  readonly formerFamilies: Family[];
  readonly steppedUpAtMs: number[];
  readonly startedAtMs: number;
  readonly answeredAtMs: number;
  /** When the end was answered to anyone who asked for it, and whether the store could be asked all the while. */
  /** Whether the store was told of an end, which may come before anybody is answered. */
  isEnding: boolean;
  end: {
    readonly why: 'logout' | 'replaced' | 'everywhere';
    readonly atMs: number;
    readonly version: number;
    readonly certain: boolean;
  } | null;
}

/** All that happened, for anyone who judges. */
export class Ledger {
  readonly time: VirtualTime;
  readonly violations: Violation[] = [];
  /** What happened that docs/architecture.md allows ("When a token may be presented twice"), by name. */
  readonly excused = new Map<string, number>();
  readonly calls: Call[] = [];
  readonly sessions = new Map<string, SessionStory>();
  /** When the store was not there, and when it forgot. */
  readonly outages: { readonly fromMs: number; untilMs: number }[] = [];
  readonly forgotAtMs: number[] = [];
  /** When access tokens were killed before their time. */
  readonly expiredAtMs: number[] = [];
  readonly lines: string[] | null;

  constructor(time: VirtualTime, isTold: boolean) {
    this.time = time;
    this.lines = isTold ? [] : null;
  }

  /** Adds a line to the story, where someone wants to read it. */
  tell(line: string): void {
    this.lines?.push(`${String(Math.round(this.time.nowMs % 86_400_000)).padStart(8)} ${line}`);
  }

  violate(rule: Rule, text: string): void {
    this.tell(`VIOLATION ${rule}: ${text}`);
    this.violations.push({ rule, atMs: this.time.nowMs, text });
  }

  excuse(name: string): void {
    this.excused.set(name, (this.excused.get(name) ?? 0) + 1);
  }

  /** How long the store was away at a stretch since `fromMs`, at most. */
  longestOutageMs(fromMs: number): number {
    const spans = this.outages.map(
      ({ fromMs: from, untilMs }) => Math.min(untilMs, this.time.nowMs) - Math.max(from, fromMs),
    );
    return Math.max(0, ...spans);
  }

  /** When an instance died or stood still. */
  readonly fallsAtMs: number[] = [];

  /** Whether an instance died, or stood still, since then: it may have left a lease behind. */
  hasFallen(sinceMs: number): boolean {
    return this.fallsAtMs.some((atMs) => atMs >= sinceMs);
  }

  /** Whether the store failed anybody since then. */
  storeFailedSince(fromMs: number): boolean {
    return this.outages.some(({ untilMs }) => untilMs >= fromMs);
  }

  forgotSince(fromMs: number): boolean {
    return this.forgotAtMs.some((atMs) => atMs >= fromMs);
  }

  endSession(id: string, version: number, why: 'logout' | 'replaced' | 'everywhere', certain: boolean): void {
    const story = this.sessions.get(id);
    if (!story || story.end) return;
    story.end = { why, atMs: this.time.nowMs, version, certain };
    this.tell(`${id.slice(0, 4)} is over: ${why}${certain ? '' : ' (the store failed in the meantime)'}`);
  }

  /**
   * Why no one could know that this call's token was used up or dead; `null` where someone could.
   *
   * `leaseMs` is how long a lease lasts that no one prolongs.
   */
  unknowable(call: Call, leaseMs: number): string | null {
    if (call.recordedAtMs !== null) {
      return this.forgotSince(call.recordedAtMs) ? 'the store lost its memory' : null;
    }
    if (call.abandoned) return 'the issuer never answered';
    if (call.lost) return 'the answer was lost';
    if (!call.process.isAlive) return 'the process died';
    const why = this.leaseLost(call, leaseMs);
    if (why) return why;
    // No one was told that it is dead, for the store was not there to be told: it does no harm to ask once more.
    if (call.outcome === 'refused' && this.storeFailedSince(call.sentAtMs))
      return 'the store could not be told';
    return null;
  }

  /** Why no one could know, when `call` came, that `other` had been made before: of either one's own fault. */
  unforeseeable(other: Call, call: Call, leaseMs: number): string | null {
    const { process, sentAtMs } = other;
    const isAsleep = process.hasStoodStill(leaseMs - 2000, sentAtMs, sentAtMs);
    return (
      this.unknowable(other, leaseMs) ??
      this.leaseLost(call, leaseMs) ??
      (isAsleep ? 'the process stood still' : null)
    );
  }

  /** Why a process may not hold the lease any more under which it made this call; `null` where it does. */
  leaseLost(call: Call, leaseMs: number): string | null {
    if (call.process.hasStoodStill(leaseMs - 2000, call.sentAtMs)) return 'the process stood still';
    if (this.forgotSince(call.sentAtMs)) return 'the store lost its memory';
    // No one prolonged it, and the store came back to another person first.
    if (this.longestOutageMs(call.sentAtMs) >= leaseMs - 2000)
      return 'the store was away longer than a lease';
    return null;
  }
}
