import { createListenerMiddleware, type ThunkDispatch, type UnknownAction } from '@reduxjs/toolkit';
import { formatHint } from '../contract/hint.ts';
import { fetchUser, logout } from './authThunks.ts';
import type { Deps } from './deps.ts';
import { judgeHint } from './hintRules.ts';
import { keepDrafts } from './demo/keptDrafts.ts';
import { hintMoved, pageShown, sessionDoubted } from './pageActions.ts';
import { REFRESH_AHEAD, type RefreshAheadSettings } from './refreshRules.ts';
import type { RootState } from './demo/rootReducer.ts';
import { noticeTheEnd, refreshBeforeExpiry } from './sessionTimers.ts';

type Dispatch = ThunkDispatch<RootState, Deps, UnknownAction>;

/**
 * The reactions, one set per store. They react to actions, never to states, so that time travel in
 * the DevTools sends nothing.
 */
export function createListeners(deps: Deps, refreshAhead: RefreshAheadSettings = REFRESH_AHEAD) {
  const listeners = createListenerMiddleware<RootState, Dispatch, Deps>({ extra: deps });
  refreshBeforeExpiry(listeners, refreshAhead);
  noticeTheEnd(listeners);
  followOtherTabs(listeners);
  keepDrafts(listeners);

  listeners.startListening({
    predicate: (_, now, before) => now.owner !== before.owner,
    effect: (_, { extra: { uploads } }) => uploads.clear(),
  });
  return listeners;
}

/** The listener middleware of one store. */
export type Listeners = ReturnType<typeof createListenerMiddleware<RootState, Dispatch, Deps>>;

/** Notices by the hint that another tab logged in, logged out or refreshed; asks the server once for each hint. */
function followOtherTabs(listeners: Listeners): void {
  let askedAbout = '';
  listeners.startListening({
    predicate: (action) => hintMoved.match(action) || pageShown.match(action),
    effect: (_, { dispatch, getState, extra: { page } }) => {
      const { auth } = getState();
      const hint = page.readHint();
      const verdict = judgeHint(hint, auth);
      if (verdict === 'nothing' || (verdict === 'askWhenVisible' && !page.isVisible())) return;
      const subject = `${auth.epoch} ${hint && formatHint(hint)}`;
      if (subject === askedAbout) return;
      askedAbout = subject;
      void dispatch(fetchUser());
    },
  });

  listeners.startListening({
    // The hint went missing, or a 409 says that another session is there: no need to look.
    predicate: (action) =>
      sessionDoubted.match(action) ||
      (logout.rejected.match(action) && action.payload?.code === 'session_changed'),
    effect: (_, { dispatch }) => void dispatch(fetchUser()),
  });
}
