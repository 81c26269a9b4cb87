import {
  createListenerMiddleware,
  type ListenerEffectAPI,
  type ThunkDispatch,
  type UnknownAction,
} from '@reduxjs/toolkit';
import { formatHint } from '../contract/hint.ts';
import { refreshFailed, selectSession } from './authSlice.ts';
import type { HeldSession } from './authState.ts';
import { fetchUser, logout, refreshSession } from './authThunks.ts';
import type { Deps } from './deps.ts';
import { judgeHint } from './hintRules.ts';
import { keepDrafts } from './keptDrafts.ts';
import { hintMoved, pageHidden, pageShown, sessionDoubted } from './pageActions.ts';
import { RENEWAL, renewIn, timerStep, type RenewalSettings } from './renewalRules.ts';
import type { RootState } from './rootReducer.ts';
import { sendBurst } from './trafficSlice.ts';
import { attachFile } from './uploadsSlice.ts';
import { upstreamApi } from './upstreamApi.ts';

type Dispatch = ThunkDispatch<RootState, Deps, UnknownAction>;
type Api = ListenerEffectAPI<RootState, Dispatch, Deps>;

/**
 * The reactions, one set per store. They hear actions, never states, so that travelling through time in
 * the DevTools sends nothing.
 */
export function createListeners(deps: Deps, renewal: RenewalSettings = RENEWAL) {
  const listeners = createListenerMiddleware<RootState, Dispatch, Deps>({ extra: deps });
  renewAhead(listeners, renewal);
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

/** Renews before the token dies. At most one timer stands at any time: every run cancels the one before. */
function renewAhead(listeners: Listeners, renewal: RenewalSettings): void {
  let failed: { session: HeldSession; atMs: number } | null = null;
  listeners.startListening({
    predicate: (action, { auth }, { auth: before }) =>
      pageShown.match(action) ||
      pageHidden.match(action) ||
      refreshSession.rejected.match(action) ||
      auth.status !== before.status ||
      (auth.status === 'signedIn' &&
        before.status === 'signedIn' &&
        (auth.session !== before.session || auth.refresh !== before.refresh)),
    effect: async (action, api) => {
      api.cancelActiveListeners();
      if (pageHidden.match(action)) return;
      const { page } = api.extra;
      const held = selectSession(api.getState());
      if (held && (refreshFailed.match(action) || refreshSession.rejected.match(action)))
        failed = { session: held, atMs: page.now() };
      for (;;) {
        const { auth } = api.getState();
        // A failure counts against the session it concerned; once renewed, that is another object.
        const failedAtMs = failed && failed.session === selectSession(api.getState()) ? failed.atMs : null;
        const wait = renewIn({ auth, visible: page.isVisible(), nowMs: page.now(), failedAtMs }, renewal);
        if (wait === null) return;
        if (wait === 0) break;
        await timer(timerStep(wait), api);
      }
      await api.dispatch(refreshSession());
    },
  });
}

/** Waits; the timer is gone when the listener is cancelled. */
function timer(ms: number, { pause, signal }: Api): Promise<void> {
  return pause(
    new Promise((resolve) => {
      const handle = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => clearTimeout(handle), { once: true });
    }),
  );
}

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
