import {
  createAction,
  type createListenerMiddleware,
  type ThunkDispatch,
  type UnknownAction,
} from '@reduxjs/toolkit';
import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import type { UserService } from '../services/user.ts';
import type { AuthRoot } from './authState.ts';

/** What the store wants of the reauth engine. */
export interface ReauthControls {
  /** Joins the running refresh or starts one. */
  refresh(): Promise<unknown>;
  /** Aborts this page's own refresh, takes the lock of all tabs, then works. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  loggedIn(session: SessionInfo): void;
  loggedOut(): void;
}

/** What the store wants of the page it runs in; never a wall clock, which may be wrong or jump. */
export interface PageSurroundings {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  isVisible(): boolean;
  readHint(): Hint | null;
}

/** One call to the upstream, with the names that RTK Query's own `fetchBaseQuery` has. */
export interface UpstreamRequest {
  readonly url: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the thunks, listeners and the base query of one client work with. Nothing of it is state. */
export interface AuthParts {
  readonly user: UserService;
  readonly reauth: ReauthControls;
  readonly page: PageSurroundings;
  /** Opens the connection ahead of the first call. */
  connect(): Promise<unknown>;
  /** Sends through the axios instance that the engine serves. */
  send(request: UpstreamRequest, signal: AbortSignal): Promise<unknown>;
}

/** `dispatch` as the auth core needs it: of a store with thunks. */
export type AuthDispatch = ThunkDispatch<AuthRoot, unknown, UnknownAction>;

/** The listener middleware of the auth core. */
export type AuthListeners = ReturnType<typeof createListenerMiddleware<AuthRoot, AuthDispatch, AuthParts>>;

/** Asks the client's middleware for its parts; it answers and lets the action go no further. */
export const partsAsked = createAction('reseal/partsAsked');

/**
 * The parts of the client that a store belongs to. They do not travel as thunk's `extraArgument`, which is the app's own.
 *
 * @throws {Error} where the store has no middleware of a client
 */
export function partsOf(dispatch: (action: UnknownAction) => unknown): AuthParts {
  const answer = dispatch(partsAsked());
  if (partsAsked.match(answer))
    throw new Error('This store lacks the middleware of createResealClient(): add it in configureStore.');
  return answer as AuthParts;
}
