import { kindOf, ResealError } from '../resealError.ts';
import type { ListedSession } from './listedSession.ts';
import type { CountedFailure, IssuerHealth, SessionFailures } from './outage.ts';
import type { EndReason, SessionRecord, SessionState } from '../session/record.ts';

/** The right to present a session's refresh token, for one holder at a time. */
export interface Lease {
  /** The session's record, read in the same atomic step in which the lease was given. */
  readonly record: SessionRecord | null;
  /** Extends the lease, or takes it again where it ran out; `false` where another holder has it. */
  extend(ttlMs: number): Promise<boolean>;
  /** Frees the lease if it is still this holder's own. */
  release(): Promise<void>;
}

/** What a commit writes: the newest version with its pair in a box. */
export interface Commit {
  readonly version: number;
  readonly box: string;
  readonly refreshedAtMs: number;
  /** Grace periods that began at this time or before, ms since the epoch, are over. @see supersededBy */
  readonly supersededSinceMs?: number;
}

/*
 * What the server remembers beside the cookies: four contracts, and a store that keeps all of them.
 * * Every method rejects with StoreUnreachable where the store cannot be asked within its bound. Times to live are
 * milliseconds; every entry is forgotten after its own. `person` is always a hash: see `personKey`.
 */

/** The records of sessions and the epochs of people: what decides whether a session lives. */
export interface SessionRecords {
  /** Reads a session's record and its person's epoch, in one round trip. */
  read(id: string, person: string): Promise<SessionState>;
  /** Writes the newest version in one atomic step; refused once the session ended or has that version or a later one. */
  commit(id: string, next: Commit, ttlMs: number): Promise<'committed' | 'ended' | 'moved'>;
  /** Notes that a request brought `version`, if that is the newest and no request had brought it before. */
  markSeen(id: string, version: number, atMs: number): Promise<void>;
  /** Drops the box of `version`, if that is the newest. */
  dropBox(id: string, version: number): Promise<void>;
  /**
   * Ends a session in one atomic step; with `onlyVersion`, only while nothing newer is remembered.
   *
   * @returns what was remembered before: its box may hold a pair that must be revoked
   */
  end(id: string, reason: EndReason, ttlMs: number, onlyVersion?: number): Promise<SessionRecord | null>;
  /** Reads a person's epoch alone. */
  epochOf(person: string): Promise<number>;
  /** Reads a person's epoch for a new login, and keeps it for as long as that login may live. */
  epochAtLogin(person: string, ttlMs: number): Promise<number>;
  /** Raises a person's epoch above `above` and above what is remembered. */
  raiseEpoch(person: string, above: number, ttlMs: number): Promise<void>;
  /** Remembers when a superseded cookie of a session was used last; answers when that was before, or `null`. */
  setReused(id: string, atMs: number, ttlMs: number): Promise<number | null>;
  /** Reads when a superseded cookie of a session was used last; `null` where that never happened. */
  reusedAt(id: string): Promise<number | null>;
}

/** Who may present a session's refresh token now. */
export interface Leases {
  /** Takes the lease of a session, or answers `null` while another holds it. */
  acquire(id: string, ttlMs: number): Promise<Lease | null>;
}

/** Which sessions a person has. */
export interface SessionIndex {
  /** Puts a session on its person's list in one atomic step; a name that was given before stays. @see withListed */
  addToIndex(person: string, session: ListedSession, ttlMs: number): Promise<void>;
  /** Reads a person's list; a session on it may have ended. */
  sessionsOf(person: string): Promise<readonly ListedSession[]>;
  /** Names a session on its person's list, or takes its name away; answers `false` where it is not on the list. */
  setName(person: string, id: string, name: string | null): Promise<boolean>;
  /** Takes a session off its person's list. */
  removeFromIndex(person: string, id: string): Promise<void>;
}

/** How calls to the issuer failed. No session fails if the store cannot keep this: the counts only protect the issuer. */
export interface FailureCounts {
  /** Reads what is known of one session's calls and of the issuer, in one round trip. */
  failures(session: string): Promise<{ readonly own: SessionFailures; readonly issuer: IssuerHealth }>;
  /** Replaces what is known of one session's calls; call it under the session's lease. */
  setFailures(session: string, own: SessionFailures, ttlMs: number): Promise<void>;
  /**
   * Counts a failure in one atomic step. @see counted
   *
   * @returns whether this call opened the next window, and until when calls are held off
   */
  countFailure(failure: CountedFailure): Promise<{ readonly opened: boolean; readonly untilMs: number }>;
  /** Forgets every failure but those of single sessions; remembers when the issuer last granted. */
  setHealthy(grantedAtMs: number): Promise<void>;
}

/** A store that keeps all of it. Consumers take only the contracts they use. */
export interface SessionStore extends SessionRecords, Leases, SessionIndex, FailureCounts {
  /** Resolves if the store would serve a login and a refresh now. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** The store could not be asked: nothing is known, and nothing may be concluded. */
export class StoreUnreachable extends ResealError {
  readonly code = 'store_unreachable';

  constructor(cause: unknown) {
    super('StoreUnreachable', 'The session store cannot be reached.', { cause });
  }
}

/** Tells whether the store could not be asked. */
export const isStoreUnreachable = (error: unknown): error is StoreUnreachable =>
  kindOf(error) === 'StoreUnreachable';
