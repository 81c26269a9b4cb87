import type { AxiosInstance } from 'axios';
import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import type { SharedNote } from './browser/cooldown.ts';
import type { Clock } from './clock.ts';
import type { Outcome } from './outcome.ts';
import type { ReauthEvent } from './reauthEvents.ts';
import type { TabLock } from './tabLock.ts';

export interface RefreshCall {
  /** The version whose access token died; 0 where the engine knows none. */
  readonly staleVersion: number;
  /** Aborts when a login or logout takes over or the budget is spent: pass it to the call. */
  readonly signal: AbortSignal;
}

export interface Limits {
  /** How many requests may wait; one more is refused with `ERR_QUEUE_FULL`. */
  readonly queue: number;
  /** Budget in milliseconds of one refresh: lock, calls, retries. No request waits longer. */
  readonly refreshMs: number;
  /** How many milliseconds of it the lock may cost before the engine goes on without it. */
  readonly lockMs: number;
}

export interface ReauthOptions {
  /** Refreshes the session; answers `SessionInfo`, or nothing with a backend that knows no version. */
  refresh(call: RefreshCall): Promise<SessionInfo | undefined> | SessionInfo | undefined;
  /** Asks who is logged in, without a refresh: called once before a `no_session` beside a hint is believed. */
  whoAmI?(call: { readonly signal: AbortSignal }): Promise<SessionInfo>;
  /**
   * Reports whether only a new login can help. Default: by code (`no_session`, `session_ended`); without a hint also a
   * refresh that is answered 401 without a reason, or `invalid_grant`.
   */
  isFinal?(error: unknown): boolean;
  /** Reports whether a 401 asks for a refresh. Default: `token_expired`, or a 401 that gives no other reason. */
  isExpired?(error: Outcome): boolean;
  /** Reports which URLs get the header, and whose 401s count. Default: the page's origin; without a page, every URL. */
  appliesTo?(url: string): boolean;
  /** Reads the hint. Default: the hint cookie. */
  readHint?(): Hint | null;
  /** Calls `look` whenever the hint may have changed. Default: the events of cookie and page. */
  watchHint?(look: () => boolean): () => void;
  /** The server's `COOKIE_NAME`, which names the hint cookie. Default: `reseal`. */
  cookieName?: string;
  /**
   * The name that the engines of one session share: of their lock and of their note of an outage. Default: `cookieName`.
   *
   * Two engines of one origin that serve two backends need two names. Without a page nothing is shared.
   */
  name?: string;
  /** Default: the Web Lock `name` where there are any, else an order within the page. */
  lock?: TabLock;
  /** Default: `{ queue: 1000, refreshMs: 30_000, lockMs: 5_000 }`. A limit that is no number throws a `RangeError`. */
  limits?: Partial<Limits>;
  /** Receives every event; what it throws is reported to the console and changes nothing. */
  onEvent?(event: ReauthEvent): void;
  /** For tests. */
  clock?: Clock;
  /** For tests: spreads the retries, 0 to 1. */
  random?(): number;
  /** For tests: where tabs share the end of an outage. Default: `localStorage`. */
  storage?: SharedNote;
}

export interface Reauth {
  /**
   * Serves an axios instance; returns what stops it. Requests under way settle as they would have.
   *
   * @throws {Error} where axios is older than 1.5
   */
  attach(http: AxiosInstance): () => void;
  readonly state: 'idle' | 'refreshing' | 'ended';
  /** How many requests wait. */
  readonly queued: number;
  /** For how many milliseconds the access token lives; `null` where the engine does not know. */
  readonly expiresInMs: number | null;
  /** Reads the hint, and answers the session that requests name (`null` where the engine knows none) with its newest version. */
  session(): { readonly id: string | null; readonly version: number };
  /**
   * Joins the running refresh or starts one; holds no request.
   *
   * @returns the session; `undefined` where another tab refreshed it or the backend says nothing
   * @throws {ReauthError} `ERR_SESSION_ENDED`, `ERR_REFRESH_UNAVAILABLE`, `ERR_SESSION_CHANGED`
   */
  refresh(): Promise<SessionInfo | undefined>;
  /** Runs a login or logout: aborts this page's refresh, takes the tab lock, and lets no refresh start until it ends. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Names the session after a login, or the one that the page was loaded with.
   *
   * Needed where the backend gives sessions an id. Elsewhere a login through an attached instance is noticed.
   */
  loggedIn(session?: SessionInfo): void;
  /** Ends the session after a logout: what waits is refused. */
  loggedOut(): void;
  /** Stops listening to the page; nothing else has to be stopped. */
  dispose(): void;
}

declare module 'axios' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars -- as axios declares it
  interface AxiosRequestConfig<D = any, P = any> {
    /** `false`: this request's 401 is its answer, it neither waits nor is replayed. */
    reauth?: boolean;
  }
}
