import type { ListenerEffectAPI } from '@reduxjs/toolkit';
import type { AuthDispatch, AuthListeners, AuthParts } from './authParts.ts';
import { refreshFailed, selectSession } from './authSlice.ts';
import type { AuthRoot, HeldSession } from './authState.ts';
import { fetchUser, refreshSession } from './authThunks.ts';
import { pageHidden, pageShown } from './pageActions.ts';
import { askInMs, refreshInMs, timerStep, type RefreshAheadSettings } from './refreshRules.ts';

type Api = ListenerEffectAPI<AuthRoot, AuthDispatch, AuthParts>;

/** Refreshes before the access token expires. There is at most one timer: every run cancels the one before. */
export function refreshBeforeExpiry(listeners: AuthListeners, settings: RefreshAheadSettings): void {
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
      const rule = () => {
        const { auth } = api.getState();
        // A failure counts against the session it concerned; once refreshed, that is another object.
        const failedAtMs = failed && failed.session === selectSession(api.getState()) ? failed.atMs : null;
        return refreshInMs({ auth, visible: page.isVisible(), nowMs: page.now(), failedAtMs }, settings);
      };
      await whenDue(rule, () => api.dispatch(refreshSession()), api);
    },
  });
}

/** Asks the server when the session's time is over: an idle page would not notice it otherwise. */
export function noticeTheEnd(listeners: AuthListeners): void {
  listeners.startListening({
    predicate: (action, now, before) =>
      pageShown.match(action) || pageHidden.match(action) || selectSession(now) !== selectSession(before),
    effect: async (action, api) => {
      api.cancelActiveListeners();
      if (pageHidden.match(action)) return;
      const { page } = api.extra;
      const rule = () => askInMs({ auth: api.getState().auth, visible: page.isVisible(), nowMs: page.now() });
      await whenDue(rule, () => api.dispatch(fetchUser()), api);
    },
  });
}

/** Acts once the rule, asked anew after each wait, says that it is time; never where it says `null`. */
async function whenDue(rule: () => number | null, act: () => Promise<unknown>, api: Api): Promise<void> {
  let wait: number | null;
  while ((wait = rule())) await timer(timerStep(wait), api);
  // Synchronously after the check: a listener that is cancelled right after has acted, and the next one sees it.
  if (wait === 0) await act();
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
