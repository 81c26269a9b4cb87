import type { SessionInfo, User } from '../contract/user.ts';

/** A session as the server described it, and when, on the page's own clock (`Deps.page.now`). */
export interface Sighting extends SessionInfo {
  readonly seenAtMs: number;
}

/** What the store holds of a session: who is in `user`, durations count from `seenAtMs`. */
export type HeldSession = SessionInfo['session'] & { readonly seenAtMs: number };

/** When the session ends unless it is refreshed, on the page's own clock. */
export const endsAtMs = ({ seenAtMs, endsInMs }: HeldSession): number => seenAtMs + endsInMs;

/** State of the running or last refresh; `degraded` means it failed for a reason that may pass. */
export type RefreshStatus = 'idle' | 'refreshing' | 'degraded';

/** Why the page is signed out. */
export type SignedOutReason =
  | 'anonymous'
  | 'logged_out'
  | 'logged_out_elsewhere'
  | 'login_refused'
  | 'session_ended'
  | 'session_rejected'
  | 'session_reused'
  | 'unreachable';

/** The reasons of a session that was ended and not left. */
export type EndedReason = Extract<SignedOutReason, `session_${string}`>;

/** Tells whether a session was ended. */
export function isEnded(reason: SignedOutReason | null): reason is EndedReason {
  return reason?.startsWith('session_') ?? false;
}

export interface SignedIn {
  readonly status: 'signedIn';
  readonly epoch: number;
  readonly user: User;
  readonly session: HeldSession;
  readonly refresh: RefreshStatus;
  /** How many requests wait for the refresh. */
  readonly queued: number;
}

/**
 * Who is signed in here. A queue or a session exists only inside `signedIn`, a reason only inside `signedOut`.
 *
 * `epoch` counts logins, logouts and changes of person: what was asked in an older one is answered too late.
 */
export type AuthState =
  | { readonly status: 'unknown'; readonly epoch: number }
  | { readonly status: 'signingIn'; readonly epoch: number }
  | SignedIn
  | { readonly status: 'signedOut'; readonly epoch: number; readonly reason: SignedOutReason };

/** The part of the state that thunks may read. */
export interface AuthRoot {
  readonly auth: AuthState;
}

/** The server has not been asked yet. */
export const UNKNOWN: AuthState = { status: 'unknown', epoch: 0 };

/** A session begins here: a login, or one found to be there. */
export function signedIn({ user, session, seenAtMs }: Sighting, epoch: number): SignedIn {
  return {
    status: 'signedIn',
    epoch,
    user,
    session: { ...session, seenAtMs },
    refresh: 'idle',
    queued: 0,
  };
}

/** A session is over. */
export function signedOut(state: AuthState, reason: SignedOutReason): AuthState {
  return { status: 'signedOut', epoch: state.epoch + 1, reason };
}

/** The same session, refreshed. A late answer with an older version changes nothing; `user` stays the same object. */
export function refreshed(state: AuthState, sighting: Sighting): AuthState {
  if (state.status !== 'signedIn' || state.session.id !== sighting.session.id) return state;
  if (sighting.session.version < state.session.version) return state;
  return {
    ...state,
    user: sameUser(state.user, sighting.user) ? state.user : sighting.user,
    session: { ...sighting.session, seenAtMs: sighting.seenAtMs },
    refresh: 'idle',
  };
}

/** A session was found where perhaps another was held: the same one was refreshed, any other starts a new epoch. */
export function found(state: AuthState, sighting: Sighting): AuthState {
  if (state.status === 'signingIn') return state;
  if (state.status === 'signedIn' && state.session.id === sighting.session.id)
    return refreshed(state, sighting);
  return signedIn(sighting, state.epoch + 1);
}

function sameUser(a: User, b: User): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
