import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';

/** Why a refresh runs: a 401 asked for it, or a call of `reauth.refresh()`. */
export type RefreshCause = 'expiry' | 'call';

type Happening =
  /** A request was made. `url` is without query; `id` counts up in the order of sending. */
  | { readonly type: 'requestSent'; readonly id: number; readonly method: string; readonly url: string }
  /** Its answer was a 401 that asks for a refresh. */
  | { readonly type: 'requestExpired'; readonly id: number; readonly version: number }
  /** It waits: after a 401, or held before it is sent at all. */
  | { readonly type: 'requestQueued'; readonly id: number }
  /** A held request is sent for the first time. */
  | { readonly type: 'requestReleased'; readonly id: number }
  | { readonly type: 'requestReplayed'; readonly id: number }
  /** Its caller has an answer (`status`), or an error (`code`), or an error with an answer (both). */
  | {
      readonly type: 'requestSettled';
      readonly id: number;
      readonly status: number | null;
      readonly code: string | null;
    }
  | { readonly type: 'refreshStarted'; readonly by: RefreshCause }
  /** A passing failure: the session is kept, and no tab asks again for `retryInMs`. */
  | { readonly type: 'refreshFailed'; readonly code: string | null; readonly retryInMs: number }
  /** A login, a logout or another session replaced the refresh; its outcome is ignored. */
  | { readonly type: 'refreshAborted' }
  /** The session moved on. `session` is null where only the hint says so, or the backend says nothing. */
  | {
      readonly type: 'sessionRenewed';
      readonly session: SessionInfo | null;
      readonly version: number;
      readonly by: RefreshCause | 'otherTab';
    }
  /** Only a new login can help; `reason` is the server's code, `null` where it gave none. */
  | { readonly type: 'sessionEnded'; readonly reason: string | null }
  /** The cookies name another session now (`null`: which one is not known): ask who is logged in. */
  | { readonly type: 'sessionChanged'; readonly hint: Hint | null }
  /** The hint cookie is gone, perhaps by a logout in another tab: no proof, but a reason to ask. */
  | { readonly type: 'hintLost' }
  /** A mistake in how the engine is used, worth a line in the console during development. */
  | { readonly type: 'warned'; readonly message: string };

/** What the engine reports. `at` is `performance.now()`, `queued` how many requests wait. */
export type ReauthEvent = Happening & { readonly at: number; readonly queued: number };

/** Emits an event. Absent where the app does not listen, so that `emit?.({…})` costs nothing there. */
export type Emit = (event: Happening) => void;
