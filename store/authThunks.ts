import { createAsyncThunk, type ThunkAction, type UnknownAction } from '@reduxjs/toolkit';
import type { LoginRequest, LogoutRequest, SessionInfo } from '../contract/user.ts';
import { isNoSession, toApiError, type ApiError } from './apiError.ts';
import { endsAtMs, type AuthRoot, type EndedReason, type Sighting } from './authState.ts';
import type { Deps } from './deps.ts';

const createAuthThunk = createAsyncThunk.withTypes<{
  state: AuthRoot;
  extra: Deps;
  rejectValue: ApiError;
}>();

/** What {@link fetchUser} found, and in which epoch it had asked. */
export type WhoAnswer =
  | { readonly epoch: number; readonly found: Sighting }
  | { readonly epoch: number; readonly found: null; readonly ended: boolean; readonly why?: EndedReason };

const sighting = (info: SessionInfo, { page }: Deps): Sighting => ({ ...info, seenAtMs: page.now() });

/** Logs a person in. Holds the tab lock until the answer, so that no running refresh can overwrite the new cookie. */
export const login = createAuthThunk(
  'auth/login',
  async (credentials: LoginRequest, { extra, rejectWithValue }) => {
    try {
      const info = await extra.reauth.exclusive(() => extra.user.login(credentials));
      extra.reauth.loggedIn(info);
      return sighting(info, extra);
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
);

/**
 * Logs out the person whom this page shows, here or on every device. Another person who has logged in since stays logged in.
 *
 * @returns which session, and where the provider ends its own: the page is to go there
 */
export const logout = createAuthThunk(
  'auth/logout',
  async ({ everywhere }: LogoutRequest, { extra, getState, rejectWithValue }) => {
    const { auth } = getState();
    const sessionId = auth.status === 'signedIn' ? auth.session.id : null;
    try {
      const endSessionUrl = await extra.reauth.exclusive(() =>
        extra.user.logout({ ...(everywhere && { everywhere }), ...(sessionId && { sessionId }) }),
      );
      extra.reauth.loggedOut();
      return { sessionId, endSessionUrl };
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
);

/** Asks the server who is signed in; costs no call to the issuer. */
export const fetchUser = createAuthThunk<WhoAnswer>(
  'auth/fetchUser',
  async (_, { extra, getState, signal, rejectWithValue }) => {
    const { epoch } = getState().auth;
    const inTime = () => getState().auth.epoch === epoch && getState().auth.status !== 'signingIn';
    try {
      const info = await extra.user.whoAmI({ signal });
      if (inTime()) extra.reauth.loggedIn(info);
      return { epoch, found: sighting(info, extra) };
    } catch (thrown) {
      const error = toApiError(thrown);
      if (!isNoSession(error)) return rejectWithValue(error);
      const { auth } = getState();
      if (inTime() && auth.status === 'signedIn') extra.reauth.loggedOut();
      // A cookie whose time is over is not sent, and the server cannot know why there is none.
      const isOver = auth.status === 'signedIn' && extra.page.now() >= endsAtMs(auth.session);
      const ended = isOver || error.code === 'session_ended';
      return { epoch, found: null, ended, ...(error.endReason && { why: `session_${error.endReason}` }) };
    }
  },
);

/**
 * Refreshes now, or joins the running refresh. The outcome reaches the state as the engine's own event
 * (`sessionRefreshed`, `refreshFailed`, `sessionEnded`), so that one refresh gives one event, however many callers asked.
 */
export const refreshSession = createAuthThunk<undefined>(
  'auth/refreshSession',
  async (_, { extra, rejectWithValue }) => {
    try {
      await extra.reauth.refresh();
      return undefined;
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
  { condition: (_, { getState }) => getState().auth.status === 'signedIn' },
);

/** Loads ahead what a call needs; what cannot be loaded now is loaded by the call. */
export const prepareCalls =
  (): ThunkAction<Promise<unknown>, AuthRoot, Deps, UnknownAction> =>
  (_, __, { connect }) =>
    connect().catch(() => undefined);
