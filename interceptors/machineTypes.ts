import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import type { ReauthErrorCode } from './reauthError.ts';
import type { RefreshCause } from './reauthEvents.ts';

/** What the engine believes: `id` is null until somebody tells it, `version` counts the refreshes. */
export interface Session {
  readonly id: string | null;
  readonly version: number;
}

interface Always {
  /** New whenever the session ends or gives way to another: what a request belongs to. */
  readonly epoch: number;
  readonly session: Session;
}

/**
 * To enter `refreshing` starts the refresh, to leave it aborts what is left of it.
 *
 * A queue exists only there, so a queue that nobody drains cannot be written down.
 */
export type State =
  | (Always & { readonly name: 'idle' | 'ended' })
  | (Always & {
      readonly name: 'refreshing';
      /** Whether a 401 has joined: only then are new requests held. */
      readonly holding: boolean;
      /** Tickets of the requests that wait, by arrival. */
      readonly queue: readonly number[];
      /** Tickets, below zero, of those who only asked for a refresh: they leave with its outcome, never before. */
      readonly askers: readonly number[];
    });

export type Event =
  /** A request of `epoch` was answered 401: `version` has expired. */
  | { readonly type: 'expired'; readonly ticket: number; readonly epoch: number; readonly version: number }
  /** Somebody asks for a refresh, or a new request waits for the one that runs. */
  | { readonly type: 'asked'; readonly ticket: number }
  /** A waiting request was aborted or timed out. */
  | { readonly type: 'abandoned'; readonly ticket: number }
  /** `info` and `by` are for whoever listens; the machine does not read them. */
  | {
      readonly type: 'succeeded';
      readonly session: Hint | undefined;
      readonly info?: SessionInfo | undefined;
      readonly by?: RefreshCause | 'otherTab';
    }
  /** The refresh failed for good or for now; or a request was told that its session is over. */
  | { readonly type: 'failed'; readonly code: ReauthErrorCode; readonly cause?: unknown }
  /** The hint cookie was read. */
  | { readonly type: 'hinted'; readonly session: Hint }
  | { readonly type: 'loggedIn'; readonly session: Hint | undefined }
  | { readonly type: 'loggedOut' };

/** Let these requests go, in this order; or refuse them, where there is a `code`. */
export interface Effects {
  readonly settle?: readonly number[];
  readonly code?: ReauthErrorCode | undefined;
  readonly cause?: unknown;
}

export type Step = readonly [State, Effects];
