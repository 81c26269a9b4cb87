import { createAsyncThunk } from '@reduxjs/toolkit';
import type { LoginRequest, LogoutRequest } from '../contract/user.ts';
import { toApiError, type ApiError } from './apiError.ts';
import { askWho, logIn, logOut } from './authCalls.ts';
import { partsOf, type AuthDispatch } from './authParts.ts';
import type { AuthRoot, WhoAnswer } from './authState.ts';

const createAuthThunk = createAsyncThunk.withTypes<{ state: AuthRoot; rejectValue: ApiError }>();

/** Logs a person in. */
export const login = createAuthThunk(
  'auth/login',
  async (credentials: LoginRequest, { dispatch, rejectWithValue }) => {
    const parts = partsOf(dispatch);
    try {
      return await logIn(parts, credentials);
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
);

/** Logs out the person whom this page shows. The payload says where the provider ends its own session: go there. */
export const logout = createAuthThunk(
  'auth/logout',
  async (request: LogoutRequest, { dispatch, getState, rejectWithValue }) => {
    const parts = partsOf(dispatch);
    try {
      return await logOut(parts, getState().auth, request);
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
);

/** Asks the server who is signed in; costs no call to the issuer. */
export const fetchUser = createAuthThunk<WhoAnswer>(
  'auth/fetchUser',
  async (_, { dispatch, getState, signal, rejectWithValue }) => {
    const parts = partsOf(dispatch);
    try {
      return await askWho(parts, () => getState().auth, signal);
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
);

/**
 * Refreshes now, or joins the running refresh. The outcome reaches the state as the engine's own event
 * (`sessionRefreshed`, `refreshFailed`, `sessionEnded`), so that one refresh gives one event, however many callers asked.
 */
export const refreshSession = createAuthThunk<undefined>(
  'auth/refreshSession',
  async (_, { dispatch, rejectWithValue }) => {
    const { reauth } = partsOf(dispatch);
    try {
      await reauth.refresh();
      return undefined;
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
  { condition: (_, { getState }) => getState().auth.status === 'signedIn' },
);

/** Loads ahead what a call needs; what cannot be loaded now is loaded by the call. */
export const prepareCalls =
  () =>
  (dispatch: AuthDispatch): Promise<unknown> =>
    partsOf(dispatch)
      .connect()
      .catch(() => undefined);
