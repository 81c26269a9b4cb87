import type { AxiosInstance } from 'axios';
import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import type { Clock } from './clock.ts';
import type { SharedNote } from './cooldown.ts';
import type { Outcome } from './outcome.ts';
import type { ReauthEvent } from './reauthEvents.ts';
import type { TabLock } from './tabLock.ts';

export interface RefreshCall {
  /** The version that died; 0 where the engine knows none. */
  readonly staleVersion: number;
  /** Aborts when a login or logout takes over or the budget is spent: pass it on. */
  readonly signal: AbortSignal;
}

export interface Limits {
  /** How many requests may wait; one more is refused with `ERR_QUEUE_FULL`. */
  readonly queue: number;
  /** Budget in milliseconds of one renewal: lock, calls, retries. No request waits longer. */
  readonly refreshMs: number;
  /** How many milliseconds of it the lock may cost before the work is done without. */
  readonly lockMs: number;
}

export interface ReauthOptions {
  /** Renews the session; answers `SessionInfo`, or nothing with a backend that knows no version. */
  refresh(call: RefreshCall): Promise<SessionInfo | undefined> | SessionInfo | undefined;
  /** Asks who is logged in, without renewing: called once before a `no_session` beside a hint is believed. */
  whoAmI?(call: { readonly signal: AbortSignal }): Promise<SessionInfo>;
  /** Tells whether only a new login can help. Default: by code (`no_session`, `session_ended`). */
  isFinal?(error: unknown): boolean;
  /** Tells whether a 401 asks for a refresh. Default: `token_expired`, or a 401 that gives no reason. */
  isExpired?(error: Outcome): boolean;
  /** Tells whose header and 401s are ours. Default: the page's origin; without a page, every URL. */
  appliesTo?(url: string): boolean;
  /** Reads the hint. Default: the hint cookie. */
  readHint?(): Hint | null;
  /** Calls `look` whenever the hint may have changed. Default: the events of cookie and page. */
  watchHint?(look: () => boolean): () => void;
  /** Default: Web Locks where there are any, else an order within the page. */
  lock?: TabLock;
  /** Default: `{ queue: 1000, refreshMs: 30_000, lockMs: 5_000 }`. */
  limits?: Partial<Limits>;
  /** Hears all that happens; one that throws harms nobody. */
  onEvent?(event: ReauthEvent): void;
  /** For tests. */
  clock?: Clock;
  /** For tests: spreads the retries, 0 to 1. */
  random?(): number;
  /** For tests: where tabs share the end of an outage. Default: `localStorage`. */
  storage?: SharedNote;
}

export interface Reauth {
  /** Serves an axios instance; returns what stops it. Requests under way settle as they would have. */
  attach(http: AxiosInstance): () => void;
  readonly state: 'idle' | 'refreshing' | 'ended';
  /** How many requests wait. */
  readonly queued: number;
  /**
   * Joins the running refresh or starts one; holds no request.
   *
   * @returns the session; `undefined` where another tab renewed it or the backend tells nothing
   * @throws {ReauthError} `ERR_SESSION_ENDED`, `ERR_REFRESH_UNAVAILABLE`, `ERR_SESSION_CHANGED`
   */
  refresh(): Promise<SessionInfo | undefined>;
  /** Runs a login or logout: aborts this page's refresh, takes the tab lock, and keeps refreshes off meanwhile. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Tells of a login, or of the session that the page was loaded with. */
  loggedIn(session?: SessionInfo): void;
  loggedOut(): void;
  /** Stops listening to the page; nothing else needs an end. */
  dispose(): void;
}

declare module 'axios' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars -- as axios declares it
  interface AxiosRequestConfig<D = any, P = any> {
    /** `false`: this request's 401 is its answer, it neither waits nor is replayed. */
    reauth?: boolean;
  }
}
