import type { Hint } from '../contract/hint.ts';
import type { Queue } from './queue.ts';
import type { ReauthErrorCode } from './reauthError.ts';

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

export interface Refreshing extends Always {
  readonly name: 'refreshing';
  /** Whether a 401 has joined: only then are new requests held. */
  readonly holding: boolean;
  readonly queue: Queue;
}

/** A queue exists only while refreshing, so a queue that nobody drains cannot be written down. */
export type State = Refreshing | (Always & { readonly name: 'idle' | 'ended' });

export type Event =
  /** A request's answer was a 401 of `version`, and it was made in `epoch`. */
  | { readonly type: 'expired'; readonly ticket: number; readonly epoch: number; readonly version: number }
  /** A new request would leave. */
  | { readonly type: 'held'; readonly ticket: number }
  /** Somebody called `refresh()`; the ticket is negative, for it is no request. */
  | { readonly type: 'asked'; readonly ticket: number }
  /** A waiting request was aborted or timed out. */
  | { readonly type: 'abandoned'; readonly ticket: number }
  | { readonly type: 'succeeded'; readonly session: Hint | null }
  | { readonly type: 'failed'; readonly code: ReauthErrorCode; readonly cause?: unknown }
  /** The hint cookie was read. */
  | { readonly type: 'hinted'; readonly hint: Hint }
  | { readonly type: 'loggedIn'; readonly session: Hint | null }
  | { readonly type: 'loggedOut' };

export interface Effects {
  /** Start the refresh, or abort what is left of it. */
  readonly refresh?: 'start' | 'stop';
  /** Let these go, in this order; or refuse them, where there is a `code`. */
  readonly settle?: readonly number[];
  readonly code?: ReauthErrorCode | undefined;
  readonly cause?: unknown;
}

export type Step = readonly [State, Effects];
