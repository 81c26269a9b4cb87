import type { Hint } from '../contract/hint.ts';
import type { Queue } from './queue.ts';
import type { ReauthErrorCode } from './reauthError.ts';

/** What the engine believes: `id` is null until somebody tells it, `version` counts the refreshes. */
export interface Session {
  readonly id: string | null;
  readonly version: number;
}

interface Always {
  /** New with every login, logout or other change of session: what a request belongs to. */
  readonly epoch: number;
  /** Numbers the refreshes, so that the outcome of an abandoned one is told from the current one's. */
  readonly run: number;
  readonly session: Session;
}

/** A queue exists only while refreshing, so a queue that nobody drains cannot be written down. */
export type State =
  | (Always & { readonly name: 'idle' | 'ended' })
  | (Always & {
      readonly name: 'refreshing';
      /** Whether a 401 has joined: only then are new requests held. */
      readonly holding: boolean;
      readonly queue: Queue;
    });

export type Event =
  | { readonly type: 'expired'; readonly ticket: number; readonly epoch: number; readonly version: number }
  | { readonly type: 'held'; readonly ticket: number }
  | { readonly type: 'abandoned'; readonly ticket: number }
  | { readonly type: 'asked' }
  | { readonly type: 'interrupted' }
  | { readonly type: 'succeeded'; readonly run: number; readonly session: Hint | null }
  | {
      readonly type: 'failed';
      readonly run: number;
      readonly code: ReauthErrorCode;
      readonly cause?: unknown;
    }
  | { readonly type: 'refused' }
  | { readonly type: 'hinted'; readonly hint: Hint }
  | { readonly type: 'loggedIn'; readonly session: Hint | null }
  | { readonly type: 'loggedOut' };

export type Effect =
  /** Call `refresh`; a call that is still running is aborted first. */
  | { readonly type: 'start'; readonly run: number }
  /** Let one request go, or refuse it with `code`. */
  | { readonly type: 'settle'; readonly ticket: number; readonly code: ReauthErrorCode | null }
  /** The refresh is over: abort what is left of it and settle all `tickets`, in their order. */
  | {
      readonly type: 'finish';
      readonly tickets: readonly number[];
      readonly code: ReauthErrorCode | null;
      readonly cause: unknown;
    };

export type Step = readonly [State, readonly Effect[]];
