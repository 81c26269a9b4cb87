import type { UnknownAction } from '@reduxjs/toolkit';
import { queueChanged, sessionRefreshed } from './authSlice.ts';
import { login } from './authThunks.ts';

/**
 * An action as the DevTools list it: without the password that `login` carries, and with a word on what it says,
 * so that a refresh can be read down the list: `auth/refreshStarted`, `auth/queueChanged: 12 wait`,
 * `auth/sessionRefreshed: version 2`.
 */
export function readable<A extends UnknownAction>(action: A): A {
  if (login.pending.match(action) || login.fulfilled.match(action) || login.rejected.match(action))
    return { ...action, meta: { ...action.meta, arg: { username: action.meta.arg.username } } };
  if (queueChanged.match(action)) return withWord(action, `${action.payload} wait`);
  if (sessionRefreshed.match(action)) return withWord(action, `version ${action.payload.session.version}`);
  return action;
}

/** Adds a word to the type of an action. */
export const withWord = <A extends UnknownAction>(action: A, word: string): A => ({
  ...action,
  type: `${action.type}: ${word}`,
});
