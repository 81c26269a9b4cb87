import type { Reducer, UnknownAction } from '@reduxjs/toolkit';
import { authReducer } from './authSlice.ts';
import type { AuthState } from './authState.ts';
import type { User } from '../contract/user.ts';

/** A whole state. `owner` is the id of the person whose data all but `auth` belongs to. */
export type Owned<P, U extends User = User> = P & {
  readonly auth: AuthState<U>;
  readonly owner: string | null;
};

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
 * Puts `auth` beside the reducer of what belongs to a person. It changes person and drops the last one's data in one
 * and the same step: there is no state, not even for one render, that holds one person's name and another's data.
 */
export function ownedReducer<P extends object, U extends User = User>(
  personal: Reducer<P, UnknownAction, Partial<P>>,
): Reducer<Owned<P, U>, UnknownAction, Partial<Owned<P, U>>> {
  return (state, action) => {
    const { auth: before, owner: last, ...held } = state ?? ({} as Partial<Owned<P, U>>);
    const auth = authReducer(before, action);
    const owner = nextOwner(last ?? null, auth);
    // Data without an owner was loaded with the page, for the person whom `auth` names.
    const isKept = last === undefined || owner === last;
    const kept = personal(isKept ? (held as Partial<P>) : undefined, action);
    return kept === held && auth === before && owner === last
      ? (state as Owned<P, U>)
      : { ...kept, auth, owner };
  };
}
