import { createSlice, type PayloadAction, type UnknownAction } from '@reduxjs/toolkit';
import type { User } from '../contract/user.ts';
import {
  answered,
  found,
  loggedOut,
  refreshed,
  signedIn,
  signedOut,
  UNKNOWN,
  withRefresh,
  type AuthRoot,
  type AuthState,
  type Sighting,
} from './authState.ts';
import { fetchUser, login, logout } from './authThunks.ts';

const at = (atMs: number) => ({ payload: { atMs } });

/**
 * The auth machine. Every case names the states in which its event means something; in any other it is
 * late or foreign and leaves the state as it is.
 */
const authSlice = createSlice({
  name: 'auth',
  initialState: UNKNOWN,
  reducers: {
    /** A refresh began, here or in a tab that this one waits for; carries the moment on the page's clock. */
    refreshStarted: { reducer: (state) => withRefresh(state, 'refreshing'), prepare: at },

    /** A refresh failed for a reason that may pass: the session is kept. */
    refreshFailed: { reducer: (state) => withRefresh(state, 'degraded'), prepare: at },

    /** A login, another tab or another session took the place of the refresh: it says nothing about this session. */
    refreshOvertaken: { reducer: (state) => withRefresh(state, 'idle'), prepare: at },

    /** How many requests wait. */
    queueChanged: (state, { payload }: PayloadAction<number>) =>
      state.status === 'signedIn' && state.queued !== payload ? { ...state, queued: payload } : state,

    /** The session of this page was refreshed, by this tab or another. */
    sessionRefreshed: (state, { payload }: PayloadAction<Sighting>) => refreshed(state, payload),

    /** The session of this page is over for good: only a new login can help. */
    sessionEnded: {
      reducer: (state) => (state.status === 'signedIn' ? signedOut(state, 'session_ended') : state),
      prepare: at,
    },

    /** Another session has taken the place of this page's, or one was found where none was known. */
    sessionChanged: (state, { payload }: PayloadAction<Sighting>) => found(state, payload),
  },
  extraReducers: (builder) => {
    builder
      .addCase(login.pending, (state) =>
        state.status === 'signedIn' ? state : { status: 'signingIn', epoch: state.epoch + 1 },
      )
      .addCase(login.fulfilled, (state, { payload }) => signedIn(payload, state.epoch + 1))
      .addCase(login.rejected, (state) =>
        state.status === 'signingIn' ? signedOut(state, 'login_refused') : state,
      )
      .addCase(logout.fulfilled, (state, { payload }) => loggedOut(state, payload.sessionId))
      .addCase(fetchUser.fulfilled, (state, { payload }) => answered(state, payload))
      .addCase(fetchUser.rejected, (state) =>
        state.status === 'unknown' ? signedOut(state, 'unreachable') : state,
      );
  },
  selectors: {
    selectStatus: (auth) => auth.status,
    selectSession: (auth) => (auth.status === 'signedIn' ? auth.session : null),
    selectSessionId: (auth) => (auth.status === 'signedIn' ? auth.session.id : null),
    selectRefresh: (auth) => (auth.status === 'signedIn' ? auth.refresh : 'idle'),
    selectQueued: (auth) => (auth.status === 'signedIn' ? auth.queued : 0),
    /** Why the page is signed out; `null` while a person is signed in, or before the first answer. */
    selectReason: (auth) => (auth.status === 'signedOut' ? auth.reason : null),
  },
});

export const {
  refreshStarted,
  refreshFailed,
  refreshOvertaken,
  queueChanged,
  sessionRefreshed,
  sessionEnded,
  sessionChanged,
} = authSlice.actions;
export const { selectStatus, selectSession, selectSessionId, selectRefresh, selectQueued, selectReason } =
  authSlice.selectors;

/** The person signed in, typed as in the state; the same object over any number of refreshes. */
export const selectUser = <U extends User>({ auth }: AuthRoot<U>): U | null =>
  auth.status === 'signedIn' ? auth.user : null;

/** The reducer of `auth`. `authReducer<Person>` types the user: the server names who is signed in, with its claims. */
export const authReducer = authSlice.reducer as <U extends User = User>(
  state: AuthState<U> | undefined,
  action: UnknownAction,
) => AuthState<U>;
