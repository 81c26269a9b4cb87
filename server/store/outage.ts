/*
 * What all instances remember of failed calls to the issuer, and when that holds off the sessions that did not fail.
 * The rules are DESIGN §5, 1–3: one session's trouble stays its own. The Redis script COUNT_FAILURE is their twin.
 */

/** How a call to the issuer failed, as far as it may concern others. @see Failure in issuers/failure.ts */
export type FailureKind = 'transient' | 'throttled' | 'client refused' | 'rejected';

/** How many distinct sessions must fail in one way, without a grant between, before others are held off. */
export const HELD_AFTER = {
  /** Where one call in ten fails at random, five in a row occur once in 100,000 calls; three once in 1,000. */
  transient: 5,
  throttled: 3,
  'client refused': 2,
  /** Never holds off others: so many rejected sessions say that a rejection proves nothing about a token. */
  rejected: 5,
} as const;

const KINDS = ['transient', 'throttled', 'client refused'] as const;

/** What is known of the issuer. Bounded: each list ends at its threshold. */
export interface IssuerHealth {
  /** How many windows were opened in this outage. */
  readonly windows: number;
  /** Until when calls are held off, ms since the epoch. */
  readonly untilMs: number;
  /** When a call was sent that the issuer granted, ms since the epoch; 0 where none is remembered. */
  readonly grantedAtMs: number;
  /** The sessions that failed since that grant, by how they failed. */
  readonly sessions: Readonly<Record<FailureKind, readonly string[]>>;
}

export const HEALTHY: IssuerHealth = {
  windows: 0,
  untilMs: 0,
  grantedAtMs: 0,
  sessions: { transient: [], throttled: [], 'client refused': [], rejected: [] },
};

export const FIRST_MS = 1000;
export const LONGEST_MS = 30_000;
/** The longest that an issuer may ask for in `Retry-After`. */
export const LONGEST_ASKED_MS = 10 * LONGEST_MS;
/** How long calls are held off after the issuer refused this app: only an operator can change that. */
export const CLIENT_REFUSED_MS = 10_000;
/** Failures are forgotten after this time without another one; it is longer than the longest window. */
export const REMEMBERED_MS = 2 * LONGEST_ASKED_MS;

/** The n-th window in a row, in ms: doubling from one second. */
export const windowMs = (count: number) => Math.min(FIRST_MS * 2 ** (count - 1), LONGEST_MS);

/** Tells whether so many distinct sessions failed in this way that it no longer concerns them alone. */
export function isReached({ sessions }: IssuerHealth, kind: FailureKind): boolean {
  return sessions[kind].length >= HELD_AFTER[kind];
}

/** Tells whether others are held off while a window lasts. */
export function isOutage(health: IssuerHealth): boolean {
  return KINDS.some((kind) => isReached(health, kind));
}

/** One failed call, or `kind: null` for a caller that only asks to be the one that may call after a window. */
export interface CountedFailure {
  readonly kind: FailureKind | null;
  readonly session: string;
  readonly nowMs: number;
  /** What the issuer asked for in `Retry-After`, ms. */
  readonly askedMs: number;
}

/**
 * Counts a failure. In an outage whose window is over it opens the next one, so that of all callers one may call; a
 * `Retry-After` within a window extends it. Windows double, not failures: sixty calls that failed in the same moment
 * are one moment.
 */
export function counted(
  health: IssuerHealth,
  { kind, session, nowMs, askedMs }: CountedFailure,
): IssuerHealth {
  const next = kind === null ? health : withSession(health, kind, session);
  if (kind === 'rejected' || !isOutage(next)) return next;
  const asked = kind !== null && isReached(next, kind) ? askedMs : 0;
  if (health.untilMs > nowMs) return { ...next, untilMs: Math.max(health.untilMs, nowMs + asked) };
  const windows = health.windows + 1;
  const least = isReached(next, 'client refused') ? CLIENT_REFUSED_MS : 0;
  return { ...next, windows, untilMs: nowMs + Math.max(windowMs(windows), asked, least) };
}

function withSession(health: IssuerHealth, kind: FailureKind, session: string): IssuerHealth {
  const known = health.sessions[kind];
  if (known.includes(session) || known.length >= HELD_AFTER[kind]) return health;
  return { ...health, sessions: { ...health.sessions, [kind]: [...known, session] } };
}

/** What is known of one session's calls to the issuer. Written under its lease only. */
export interface SessionFailures {
  /** How many calls failed in a row. */
  readonly failures: number;
  /** Until when this session is held off, ms since the epoch. */
  readonly untilMs: number;
  /** How the last call failed; `null` after a grant. */
  readonly kind: FailureKind | null;
  /** Status and OAuth error of its rejections, such as `400:interaction_required`; `null` where there was none. */
  readonly rejection: string | null;
  /** How many times in a row it was rejected with these, and since when, ms since the epoch. */
  readonly rejections: number;
  readonly rejectedSinceMs: number;
  /** When its allowance of refreshes is full again, ms since the epoch. @see allowance.ts */
  readonly fullAtMs: number;
}

export const NO_FAILURES: SessionFailures = {
  failures: 0,
  untilMs: 0,
  kind: null,
  rejection: null,
  rejections: 0,
  rejectedSinceMs: 0,
  fullAtMs: 0,
};
