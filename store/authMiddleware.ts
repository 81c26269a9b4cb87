import { createListenerMiddleware, type Middleware } from '@reduxjs/toolkit';
import { partsAsked, type AuthDispatch, type AuthListeners, type AuthParts } from './authParts.ts';
import type { AuthRoot } from './authState.ts';
import { fetchUser, logout } from './authThunks.ts';
import { createHintFollower } from './hintRules.ts';
import { hintMoved, pageShown, sessionDoubted } from './pageActions.ts';
import { REFRESH_AHEAD, type RefreshAheadSettings } from './refreshRules.ts';
import { noticeTheEnd, refreshBeforeExpiry } from './sessionTimers.ts';

/**
 * The middleware of the auth core: it hands the parts to the thunks, and holds the reactions. They react to actions,
 * never to states, so that time travel in the DevTools sends nothing.
 */
export function createAuthMiddleware(
  parts: AuthParts,
  refreshAhead: RefreshAheadSettings = REFRESH_AHEAD,
): Middleware<unknown, AuthRoot, AuthDispatch> {
  const listeners = createListenerMiddleware<AuthRoot, AuthDispatch, AuthParts>({ extra: parts });
  refreshBeforeExpiry(listeners, refreshAhead);
  noticeTheEnd(listeners);
  followOtherTabs(listeners, parts);
  return (api) => {
    const listening = listeners.middleware(api);
    return (next) => {
      const pass = listening(next);
      return (action) => (partsAsked.match(action) ? parts : pass(action));
    };
  };
}

/** Notices by the hint that another tab logged in, logged out or refreshed; asks the server once for each hint. */
function followOtherTabs(listeners: AuthListeners, { page }: AuthParts): void {
  const follow = createHintFollower(page);
  listeners.startListening({
    predicate: (action) => hintMoved.match(action) || pageShown.match(action),
    effect: (_, { dispatch, getState }) => follow(getState().auth, () => void dispatch(fetchUser())),
  });

  listeners.startListening({
    // The hint went missing, or a 409 says that another session is there: no need to look.
    predicate: (action) =>
      sessionDoubted.match(action) ||
      (logout.rejected.match(action) && action.payload?.code === 'session_changed'),
    effect: (_, { dispatch }) => void dispatch(fetchUser()),
  });
}
