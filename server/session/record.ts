import { hash } from 'node:crypto';
import type { User } from '../../contract/user.ts';

/** An access token and the refresh token that came with it. */
export interface TokenPair {
  readonly accessToken: string;
  /** `null` where the issuer gives none: the session then ends with its access token. */
  readonly refreshToken: string | null;
  /** When the access token dies, ms since the epoch; `null` where the issuer never said, or said nonsense. */
  readonly expiresAtMs: number | null;
  /** When the refresh token was obtained, and the access token with it unless `own` says otherwise; ms since the epoch. */
  readonly refreshedAtMs: number;
  /** When the access token was obtained, and at which version, where a resource's token was obtained since. */
  readonly own?: { readonly version: number; readonly atMs: number };
  /** The access tokens of resources, by key. They are kept in the record's box and never in a seal. */
  readonly resources?: Readonly<Record<string, ResourceToken>>;
}

/** The access token of a resource, and the version of the session that it was obtained at. */
export interface ResourceToken {
  readonly accessToken: string;
  readonly expiresAtMs: number | null;
  readonly obtainedAtMs: number;
  readonly version: number;
}

/** What the sealed cookie holds. */
export interface SealedSession {
  readonly id: string;
  readonly version: number;
  readonly user: User;
  readonly pair: TokenPair;
  /** 32 random bytes, base64url, made at login and kept nowhere else: opens the record's box. */
  readonly boxKey: string;
  /** The person's epoch at login; a raised epoch ends the session. */
  readonly epoch: number;
  readonly createdAtMs: number;
  /** The keys of the resources that the login asked for; absent where it asked for none. */
  readonly resources?: readonly string[];
  /** The provider's own session id, for back-channel logout. */
  readonly sid?: string;
  /** The provider's ID token of the login, where the settings want it for the provider's logout. */
  readonly idToken?: string;
}

/**
 * Why a session was ended: `dead`, its refresh token was refused; `rejected`, its refreshes were rejected again and
 * again while the issuer granted others; `reused`, a superseded cookie was used and `SESSION_REUSE=end`.
 */
export type EndReason = 'logout' | 'dead' | 'rejected' | 'reused' | 'replaced';

/** What the server remembers of a session beside the cookie, once it was refreshed or ended. */
export interface SessionRecord {
  readonly version: number;
  /** The newest pair, openable only with the seal's `boxKey`; `null` once dropped. */
  readonly box: string | null;
  /** When a request first brought the newest version, ms since the epoch; `null` until one did. */
  readonly seenAtMs: number | null;
  readonly refreshedAtMs: number;
  readonly ended: EndReason | null;
  /** Which older cookies a refresh opens no new grace period for; absent where there are none. */
  readonly superseded?: Superseded;
}

/** The cookies that were superseded before the newest version: by now, or once a grace period is over. */
export interface Superseded {
  /** Versions below this one are superseded for good. */
  readonly below: number;
  /** Versions below this one are, a grace period after `nextSinceMs`: when it was first seen. 0 where there is none. */
  readonly nextBelow: number;
  readonly nextSinceMs: number;
}

/** Decides which older cookies a commit over `old` finds superseded; grace periods that began at `sinceMs` are over. */
export function supersededBy(old: SessionRecord, sinceMs: number): Superseded | undefined {
  const { version, seenAtMs } = old;
  const { below = 0, nextBelow = 0, nextSinceMs = 0 } = old.superseded ?? {};
  const isNextOver = nextBelow > 0 && nextSinceMs <= sinceMs;
  if (seenAtMs !== null && seenAtMs <= sinceMs) return { below: version, nextBelow: 0, nextSinceMs: 0 };
  if (nextBelow > 0 && !isNextOver) return { below, nextBelow, nextSinceMs };
  const floor = isNextOver ? nextBelow : below;
  if (seenAtMs !== null) return { below: floor, nextBelow: version, nextSinceMs: seenAtMs };
  return floor > 0 ? { below: floor, nextBelow: 0, nextSinceMs: 0 } : undefined;
}

/** Whether cookies of `version` were superseded before the newest version, and their grace period is over. */
function isSuperseded(version: number, { superseded }: SessionRecord, sinceMs: number): boolean {
  if (!superseded) return false;
  const { below, nextBelow, nextSinceMs } = superseded;
  return version < below || (version < nextBelow && nextSinceMs <= sinceMs);
}

/** Names a provider's own session in the store, beside ours, which have no colon; any length and letters. */
export function providerSession(sid: string): string {
  return `sid:${hash('sha256', sid, 'base64url')}`;
}

/** Names a person in the store by a hash of the user's id, so that no store holds a name. */
export function personKey(userId: string): string {
  return hash('sha256', userId, 'base64url');
}

export interface Lifetimes {
  readonly idleMs: number;
  readonly maxMs: number;
  readonly graceMs: number;
}

/** Where a seal stands: what counts is its own pair, the record's box, or nothing any more. */
export type Standing =
  | {
      readonly kind: 'seal';
      readonly endsAtMs: number;
      readonly firstSeen: boolean;
      readonly boxOverdue: boolean;
      /** The box of this version, which has the tokens of resources; `null` where there is none. */
      readonly box: string | null;
    }
  | { readonly kind: 'box'; readonly box: string; readonly version: number; readonly endsAtMs: number }
  | {
      readonly kind: 'ended';
      readonly reason: EndReason | 'everywhere' | 'absolute' | 'idle' | 'superseded';
    };

/** What the store remembers of a session, and of the logouts of its person. */
export interface SessionState {
  readonly record: SessionRecord | null;
  /** The person's logout counter; 0 where nothing is remembered. */
  readonly epoch: number;
}

/**
 * Decides what a seal is worth beside the record, `null` where the server remembers nothing.
 *
 * A seal older than the record leads to the newest pair while the box is kept. Once it is dropped such a
 * seal is `superseded`, and its token must not be presented: that would trip the issuer's reuse detection and
 * kill the living session. A seal that was superseded stays so: a refresh opens no new grace period for it. A record older than the seal comes from a store that lost its memory: the seal counts.
 */
export function standingOf(
  seal: SealedSession,
  { record, epoch }: SessionState,
  nowMs: number,
  { idleMs, maxMs, graceMs }: Lifetimes,
): Standing {
  if (record?.ended) return { kind: 'ended', reason: record.ended };
  if (epoch > seal.epoch) return { kind: 'ended', reason: 'everywhere' };
  const absoluteEndMs = seal.createdAtMs + maxMs;
  const refreshedAtMs = Math.max(seal.pair.refreshedAtMs, record?.refreshedAtMs ?? 0);
  if (nowMs >= absoluteEndMs) return { kind: 'ended', reason: 'absolute' };
  if (nowMs >= refreshedAtMs + idleMs) return { kind: 'ended', reason: 'idle' };
  const endsAtMs = Math.min(absoluteEndMs, refreshedAtMs + idleMs);
  const boxOverdue = record?.box != null && record.seenAtMs !== null && nowMs >= record.seenAtMs + graceMs;
  if (record && record.version > seal.version) {
    if (record.box === null || boxOverdue || isSuperseded(seal.version, record, nowMs - graceMs))
      return { kind: 'ended', reason: 'superseded' };
    return { kind: 'box', box: record.box, version: record.version, endsAtMs };
  }
  const isNewest = record !== null && record.version === seal.version;
  return {
    kind: 'seal',
    endsAtMs,
    firstSeen: isNewest && record.seenAtMs === null,
    boxOverdue: isNewest && boxOverdue,
    box: isNewest ? record.box : null,
  };
}
