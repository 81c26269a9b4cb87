import type { PageSurroundings } from '../store/authParts.ts';
import type { AuthState, HeldSession } from '../store/authState.ts';
import {
  askInMs,
  REFRESH_AHEAD,
  refreshInMs,
  timerStep,
  type RefreshAheadSettings,
} from '../store/refreshRules.ts';

interface Work {
  auth(): AuthState;
  refresh(): Promise<unknown>;
  ask(): Promise<unknown>;
}

/** The one timer of a page: refreshes before the access token expires, and asks the server when the session's time is over. */
export function createSessionTimer(
  page: PageSurroundings,
  { auth, refresh, ask }: Work,
  settings: RefreshAheadSettings = REFRESH_AHEAD,
) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** A failure counts against the session it concerned; once refreshed, that is another object. */
  let failed: { readonly session: HeldSession; readonly atMs: number } | null = null;
  /** The session about whose end the server was asked: it is asked once. */
  let asked: HeldSession | null = null;

  const held = () => {
    const state = auth();
    return state.status === 'signedIn' ? state.session : null;
  };
  const situation = () => ({ auth: auth(), visible: page.isVisible(), nowMs: page.now() });
  const refreshWait = () =>
    refreshInMs(
      { ...situation(), failedAtMs: failed && failed.session === held() ? failed.atMs : null },
      settings,
    );
  const endWait = () => (asked && asked === held() ? null : askInMs(situation()));

  function noteFailure(): void {
    const session = held();
    if (session) failed = { session, atMs: page.now() };
  }

  function act(): void {
    if (refreshWait() === 0) {
      // Noted before, so that nothing plans a second one; noted again where it left the session as it was.
      noteFailure();
      const before = held();
      void refresh().then(() => {
        if (held() === before) noteFailure();
        plan();
      });
    } else if (endWait() === 0) {
      asked = held();
      void ask().then(() => plan());
    } else plan();
  }

  /** Sets the timer anew; `again` asks about an end that was asked about before. */
  function plan(again?: 'again'): void {
    clearTimeout(timer);
    if (again) asked = null;
    const state = auth();
    if (state.status === 'signedIn' && state.refresh === 'degraded' && failed?.session !== state.session)
      noteFailure();
    const waits = [refreshWait(), endWait()].filter((wait) => wait !== null);
    if (waits.length > 0) timer = setTimeout(act, timerStep(Math.min(...waits)));
  }

  return { plan, stop: () => clearTimeout(timer) };
}
