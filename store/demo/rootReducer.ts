import { combineSlices, type UnknownAction } from '@reduxjs/toolkit';
import { authReducer } from '../authSlice.ts';
import type { AuthState } from '../authState.ts';
import { draftsReducer } from './draftsSlice.ts';
import { toastsReducer } from './toastsSlice.ts';
import { trafficReducer } from './trafficSlice.ts';
import { uploadsReducer } from './uploadsSlice.ts';
import type { upstreamApi } from './upstreamApi.ts';

/** The part that RTK Query keeps. Pages without a query do not load it; see store/upstream.ts. */
type UpstreamState = Record<typeof upstreamApi.reducerPath, ReturnType<typeof upstreamApi.reducer>>;

export const personal = combineSlices({
  drafts: draftsReducer,
  toasts: toastsReducer,
  traffic: trafficReducer,
  uploads: uploadsReducer,
}).withLazyLoadedSlices<UpstreamState>();

type Personal = Omit<ReturnType<typeof personal>, keyof UpstreamState> & UpstreamState;

/** The whole state. `owner` is the id of the person whose data all but `auth` belongs to. */
export interface RootState extends Personal {
  readonly auth: AuthState;
  readonly owner: string | null;
}

/**
 * Who owns the data now. An ended session keeps its owner, so that what was typed is there after the next
 * login; a logout, here or elsewhere, keeps nothing.
 */
export function nextOwner(owner: string | null, auth: AuthState): string | null {
  switch (auth.status) {
    case 'signedIn':
      return auth.user.id;
    case 'signedOut':
      return auth.reason === 'logged_out' || auth.reason === 'logged_out_elsewhere' ? null : owner;
    case 'unknown':
    case 'signingIn':
      return owner;
    default:
      return auth satisfies never;
  }
}

/**
 * Changes person and drops the last one's data in one and the same step: there is no state, not even for
 * one render, that holds one person's name and another's notes.
 */
export function rootReducer(state: RootState | undefined, action: UnknownAction): RootState {
  if (!state)
    return {
      ...(personal(undefined, action) as Personal),
      auth: authReducer(undefined, action),
      owner: null,
    };
  const { auth: before, owner: last, ...held } = state;
  const auth = authReducer(before, action);
  const owner = nextOwner(last, auth);
  const kept = personal(owner === last ? held : undefined, action) as Personal;
  return kept === held && auth === before ? state : { ...kept, auth, owner };
}
