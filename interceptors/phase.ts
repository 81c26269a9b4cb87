import type { SessionInfo } from '../contract/user.ts';
import type { Clock } from './clock.ts';
import type { ReauthError } from './reauthError.ts';
import type { RefreshCause } from './reauthEvents.ts';

/** The time in which the machine is `refreshing`: one budget, one promise, maybe several calls. */
export interface Phase {
  readonly by: RefreshCause;
  /** When the budget is spent, by the clock. An interruption does not prolong it. */
  readonly deadline: number;
  /** For everybody who called `reauth.refresh()`. */
  readonly done: Promise<SessionInfo | undefined>;
  readonly signal: AbortSignal;
  /** Whether the server has been asked, and Redux told so. */
  called: boolean;
  info: SessionInfo | null;
  /** Aborts the call that runs and hands out the signal of the next. */
  restart(): AbortSignal;
  /** Ends it: aborts whatever is left, stops the timer, settles `done`. */
  close(error: ReauthError | null): void;
}

export function openPhase(
  by: RefreshCause,
  budgetMs: number,
  clock: Clock,
  onSpent: (cause: Error) => void,
): Phase {
  let controller = new AbortController();
  let resolve: (info: SessionInfo | undefined) => void;
  let reject: (error: ReauthError) => void;
  const done = new Promise<SessionInfo | undefined>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  done.catch(() => {}); // maybe nobody called refresh()
  const timer = clock.setTimeout(
    () => onSpent(new Error(`the refresh took longer than ${budgetMs} ms`)),
    budgetMs,
  );
  return {
    by,
    deadline: clock.now() + budgetMs,
    done,
    called: false,
    info: null,
    get signal() {
      return controller.signal;
    },
    restart() {
      controller.abort();
      controller = new AbortController();
      return controller.signal;
    },
    close(error) {
      clock.clearTimeout(timer);
      controller.abort();
      if (error) reject(error);
      else resolve(this.info ?? undefined);
    },
  };
}
