import { isLoginProblem, type LoginProblem } from '../../contract/loginProblem.ts';
import { DEFAULT_LOCALE, localeOf, pathIn } from '../../contract/locale.ts';
import { attachStepUp, type StepUpRequest } from '../../interceptors/browser/stepUp.ts';
import { prepareStepUpWindow } from '../../interceptors/browser/stepUpWindow.ts';
import type { Connection } from '../connection.ts';
import type { AppStore } from './makeStore.ts';
import { stepUpAsked, stepUpSettled } from './stepUpSlice.ts';

export { reportStepUp } from '../../interceptors/browser/stepUpWindow.ts';

/** Declines the login that requests wait for. */
export interface StepUp {
  cancel(): void;
}

/** Lets requests that need a newer login wait until the person has answered the app's question. */
export function serveStepUp(
  { http, reauth, user }: Connection,
  { dispatch }: Pick<AppStore, 'dispatch'>,
): StepUp {
  let cancelled = new AbortController();

  /** One window after the other, until the person has logged in or declines. */
  async function ask({ signal, ...demand }: StepUpRequest): Promise<boolean> {
    cancelled = new AbortController();
    const over = AbortSignal.any([signal, cancelled.signal]);
    const returnTo = pathIn(localeOf(document.documentElement.lang || DEFAULT_LOCALE), '/stepped-up');
    let problem: LoginProblem | null = null;
    while (!over.aborted) {
      const { url, outcome } = prepareStepUpWindow({ ...demand, signal: over }, { returnTo });
      dispatch(stepUpAsked({ url, problem }));
      const end = await outcome;
      if (end === null) return true;
      problem = isLoginProblem(end) ? end : 'login_failed';
    }
    return false;
  }

  attachStepUp(http, {
    async authenticate(request) {
      try {
        if (!(await ask(request))) return false;
      } finally {
        dispatch(stepUpSettled());
      }
      // The callback leaves the cookie as it is, and the record leads it to the new tokens: it catches up here, under the lock.
      const writeNewest = async () => {
        const info = await user.refresh({ staleVersion: 0 });
        // The page, or the browser, may be in another session by now.
        if (reauth.session().id === info.session.id) reauth.loggedIn(info);
      };
      await reauth.exclusive(writeNewest).catch(() => undefined);
      return true;
    },
  });
  return { cancel: () => cancelled.abort() };
}
