import type { SessionInfo, User } from '../contract/user.ts';

/** A session as the server described it, and when, on the page's own clock (`PageSurroundings.now`). */
export interface Sighting<U extends User = User> extends SessionInfo<U> {
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

export interface SignedIn<U extends User = User> {
  readonly status: 'signedIn';
  readonly epoch: number;
  readonly user: U;
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
export type AuthState<U extends User = User> =
  | { readonly status: 'unknown'; readonly epoch: number }
  | { readonly status: 'signingIn'; readonly epoch: number }
  | SignedIn<U>
  | { readonly status: 'signedOut'; readonly epoch: number; readonly reason: SignedOutReason };

/** The part of an app's state that the auth core reads. */
export interface AuthRoot<U extends User = User> {
  readonly auth: AuthState<U>;
}

/** What the server answered when it was asked who is signed in, and in which epoch it was asked. */
export type WhoAnswer =
  | { readonly epoch: number; readonly found: Sighting }
  | { readonly epoch: number; readonly found: null; readonly ended: boolean; readonly why?: EndedReason };

/** The server has not been asked yet. */
export const UNKNOWN: AuthState = { status: 'unknown', epoch: 0 };

/**
 * The state that a page starts with: the session that came with its data, or nothing known.
 *
 * Times count from the page's own beginning, a little before the server answered: early is the safe side.
 */
export function preloadAuth<U extends User>(session: SessionInfo<U> | null | undefined): AuthState<U> {
  if (!session) return { status: 'unknown', epoch: 0 };
  const { user, session: info } = session;
  return {
    status: 'signedIn',
    epoch: 1,
    user,
    session: { ...info, seenAtMs: 0 },
    refresh: 'idle',
    queued: 0,
  };
}

/** The session at hand, as the server would describe it now: with what is left of its token's life. */
export function heldSession(auth: AuthState, nowMs: number): SessionInfo | null {
  if (auth.status !== 'signedIn') return null;
  const { seenAtMs, expiresInMs, ...rest } = auth.session;
  const left = expiresInMs === null ? null : Math.max(0, seenAtMs + expiresInMs - nowMs);
  return { user: auth.user, session: { ...rest, expiresInMs: left } };
}

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

/** The refresh of the session at hand began, failed, or is over without an outcome of its own. */
export function withRefresh(state: AuthState, refresh: RefreshStatus): AuthState {
  if (state.status !== 'signedIn' || state.refresh === refresh) return state;
  return { ...state, refresh, ...(refresh === 'degraded' && { queued: 0 }) };
}

/** The server has said who is signed in. An answer of an older epoch changes nothing. */
export function answered(state: AuthState, answer: WhoAnswer): AuthState {
  if (answer.epoch !== state.epoch || state.status === 'signingIn') return state;
  if (answer.found) return found(state, answer.found);
  const { ended, why = 'session_ended' } = answer;
  if (state.status === 'signedOut') {
    if (state.reason === 'unreachable') return { ...state, reason: ended ? why : 'anonymous' };
    // The engine knows that the session ended; the server may know why.
    return ended && state.reason === 'session_ended' ? { ...state, reason: why } : state;
  }
  if (ended) return signedOut(state, why);
  return signedOut(state, state.status === 'signedIn' ? 'logged_out_elsewhere' : 'anonymous');
}

/** A logout of this session has succeeded; of another one, if a person logged in while it was running. */
export function loggedOut(state: AuthState, sessionId: string | null): AuthState {
  if (state.status === 'signingIn') return state;
  if (state.status === 'signedIn' && sessionId !== null && sessionId !== state.session.id) return state;
  return signedOut(state, 'logged_out');
}

function sameUser(a: User, b: User): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
