import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import type { WaitingRequests } from './axios/waitingRequests.ts';
import type { Clock } from './clock.ts';
import type { Event, State } from './refreshMachine.ts';
import type { Outcome } from './outcome.ts';
import type { Emit } from './reauthEvents.ts';
import type { Limits, ReauthOptions } from './reauthOptions.ts';

/** What the parts of one engine share. */
export interface Engine {
  readonly options: ReauthOptions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly waiting: WaitingRequests;
  /** Absent where the app does not listen. */
  readonly emit: Emit | undefined;
  readonly readHint: () => Hint | null;
  /** Passes an event to the machine and carries out its effects, before it returns. */
  readonly dispatch: (event: Event) => void;
  /** Reads the hint again and passes it to the machine; returns whether it names another session than before. */
  readonly look: () => boolean;
  /**
   * Compares the hint with the session that the server named: a hint that names another one is ignored, planted or
   * stale as it is, until the server names no session or that one.
   */
  readonly checkHint: (sessionId: string | undefined) => void;
  /** Refreshes as `reauth.refresh()` does. */
  readonly refresh: () => Promise<SessionInfo | undefined>;
  /** Handles an answer that says that the session is over, to a request of `epoch` that knew its session. */
  readonly refused: (epoch: number, version: number, answer: Outcome) => void;
  /** Logins and logouts of this page that are under way. */
  readonly exclusives: Set<Promise<unknown>>;
  state: State;
  /** The session that the app passed to `loggedIn`. The hint may name another, but requests name this one. */
  identity?: string | undefined;
  /** How long the access token of one version lives, in wall time; Infinity where the issuer never said. */
  life?: { readonly version: number; readonly expiresAtMs: number } | undefined;
  /** How many refreshes in a row ended in a final refusal. */
  refusals: number;
  /** Ends the pause between two tries of the refresh. */
  wake?: (() => void) | undefined;
  /** Of the refresh that runs; a request with this signal is part of it. */
  signal?: AbortSignal | undefined;
  /** True while `refresh` is being called: a request that is made then is part of it. */
  calling?: boolean;
}

/** Notes how long the access token lives, from a `SessionInfo` that was asked for at `sinceMs` (wall time). */
export function learnLife(engine: Engine, info: SessionInfo | undefined, sinceMs: number): void {
  const { version, expiresInMs } = info?.session ?? {};
  engine.life =
    version === undefined ? undefined : { version, expiresAtMs: sinceMs + (expiresInMs ?? Infinity) };
}
