import { createListenerMiddleware, type ThunkDispatch, type UnknownAction } from '@reduxjs/toolkit';
import { formatHint } from '../contract/hint.ts';
import { fetchUser, logout } from './authThunks.ts';
import type { Deps } from './deps.ts';
import { judgeHint } from './hintRules.ts';
import { keepDrafts } from './keptDrafts.ts';
import { hintMoved, pageShown, sessionDoubted } from './pageActions.ts';
import { RENEWAL, type RenewalSettings } from './renewalRules.ts';
import type { RootState } from './rootReducer.ts';
import { noticeTheEnd, renewAhead } from './sessionTimers.ts';
import { sendBurst } from './trafficSlice.ts';
import { attachFile } from './uploadsSlice.ts';
import { upstreamApi } from './upstreamApi.ts';

type Dispatch = ThunkDispatch<RootState, Deps, UnknownAction>;

/**
 * The reactions, one set per store. They hear actions, never states, so that travelling through time in
 * the DevTools sends nothing.
 */
export function createListeners(deps: Deps, renewal: RenewalSettings = RENEWAL) {
  const listeners = createListenerMiddleware<RootState, Dispatch, Deps>({ extra: deps });
  renewAhead(listeners, renewal);
  noticeTheEnd(listeners);
  followOtherTabs(listeners);
  keepDrafts(listeners);

  listeners.startListening({
    predicate: (_, now, before) => now.owner !== before.owner,
    // The reducer has dropped the data already; this stops what is on its way and lets mounted queries ask anew.
    effect: (_, { dispatch, extra: { uploads } }) => {
      uploads.clear();
      dispatch(upstreamApi.util.resetApiState());
    },
  });

  listeners.startListening({
    actionCreator: attachFile.fulfilled,
    effect: (_, { dispatch }) => void dispatch(upstreamApi.util.invalidateTags(['Notes'])),
  });

  listeners.startListening({
    actionCreator: pageShown,
    // What was done elsewhere meanwhile is there when one comes back to look, or is online again.
    effect: (_, { dispatch }) => void dispatch(upstreamApi.util.invalidateTags(['Notes', 'Sessions'])),
  });

  listeners.startListening({
    actionCreator: sendBurst.fulfilled,
    effect: (_, { dispatch }) => void dispatch(upstreamApi.util.invalidateTags(['Lab'])),
  });
  return listeners;
}

type Listeners = ReturnType<typeof createListenerMiddleware<RootState, Dispatch, Deps>>;

/** Notices by the hint that another tab logged in, out or renewed; asks the server once for each thing seen. */
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
