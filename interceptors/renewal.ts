import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import { sleep, type Clock } from './clock.ts';
import type { Cooldown } from './cooldown.ts';
import * as judge from './outcome.ts';
import type { ReauthOptions } from './reauthOptions.ts';
import type { ReauthErrorCode } from './reauthError.ts';
import type { Session } from './refreshMachine.ts';

const TRIES = 4;
const FIRST_PAUSE_MS = 400;

/** How one renewal ended. `session` is null where nobody named it; `info` only where the server sent it. */
export type Outcome =
  | { readonly code: null; readonly session: Hint | null; readonly info: SessionInfo | null }
  | {
      readonly code: ReauthErrorCode;
      readonly cause: unknown;
      readonly reason?: string | undefined;
      readonly retryAfterMs?: number | undefined;
      /** Nobody was asked: an earlier failure is too fresh. */
      readonly cooling?: true;
    };

export interface Renewal {
  readonly options: ReauthOptions;
  readonly refresh: (staleVersion: number, signal: AbortSignal) => Promise<SessionInfo | undefined>;
  readonly lock: <T>(work: () => Promise<T>, waitMs: number) => Promise<T>;
  readonly readHint: () => Hint | null;
  readonly clock: Clock;
  readonly cooldown: Cooldown;
  /** What was believed when the refresh began: its version is the one that died. */
  readonly session: Session;
  /** Whether a hint that has moved on may save the call: not where `SessionInfo` is asked for. */
  readonly frugal: boolean;
  readonly signal: AbortSignal;
  /** When the budget is spent, by `clock`. */
  readonly deadline: number;
}

/**
 * Renews the session once, with retries, within its budget.
 *
 * The lock is around each call alone, never around a pause: what a lock waits for must be short.
 *
 * @throws nothing but what `signal` aborted
 * @see DESIGN §4.6, §4.7
 */
export async function renew(task: Renewal): Promise<Outcome> {
  const { options, readHint, clock, cooldown, session, signal } = task;
  const isFinal = options.isFinal ?? judge.isFinal;
  let doubts = 0;
  let asked = false;
  let sent: Hint | null = null;

  /** Whoever gets the lock looks first: the refresh, or its failure, may be another tab's already. */
  const call = async (): Promise<Outcome> => {
    signal.throwIfAborted();
    sent = readHint();
    const elsewhere = movedOn(sent, session);
    if (elsewhere && (elsewhere.code || task.frugal)) return elsewhere;
    if (cooldown.leftMs()) return { code: 'ERR_REFRESH_UNAVAILABLE', cause: cooldown.cause(), cooling: true };
    return accept(await task.refresh(session.version, signal));
  };

  for (let attempt = 1; ; attempt++) {
    let problem: unknown;
    try {
      return await task.lock(call, task.deadline - clock.now());
    } catch (error) {
      problem = error;
    }
    signal.throwIfAborted();
    if (judge.reasonOf(problem) === 'session_changed') return { code: 'ERR_SESSION_CHANGED', cause: problem };
    if (isFinal(problem)) {
      const hint = readHint();
      // Somebody renewed or logged in while the refusal travelled (P8): it may be about a session long gone.
      if (hint && !same(hint, sent) && doubts++ < 2) continue;
      const refusal = { code: 'ERR_SESSION_ENDED', cause: problem, reason: judge.reasonOf(problem) } as const;
      if (refusal.reason !== 'no_session' || !hint || asked || !options.whoAmI) return refusal;
      asked = true;
      try {
        const info = await options.whoAmI({ signal });
        if (info.session.version > session.version) return accept(info);
        continue;
      } catch (error) {
        if (isFinal(error)) return refusal;
        problem = error;
      }
    }
    const retryAfterMs = judge.retryAfterMs(problem);
    const pauseMs =
      retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + (options.random ?? Math.random)());
    const tries = cooldown.failures() ? 1 : TRIES; // in an outage one call per window, else a few
    if (attempt >= tries || !judge.isPassing(problem) || clock.now() + pauseMs >= task.deadline)
      return (
        movedOn(readHint(), session) ?? { code: 'ERR_REFRESH_UNAVAILABLE', cause: problem, retryAfterMs }
      );
    await sleep(pauseMs, signal, clock);
  }
}

const same = (a: Hint, b: Hint | null) => a.id === b?.id && a.version === b.version;

/** The outcome that the hint tells of, if it tells of any. */
function movedOn(hint: Hint | null, session: Session): Outcome | null {
  if (!hint || session.id === null) return null;
  if (hint.id !== session.id) return { code: 'ERR_SESSION_CHANGED', cause: undefined };
  return hint.version > session.version ? { code: null, session: hint, info: null } : null;
}

/** Takes what `refresh` answered: `SessionInfo`, or nothing; rubbish with a 200 is a failure like another. */
function accept(info: SessionInfo | undefined): Outcome {
  if (info === undefined) return { code: null, session: null, info: null };
  const { id, version } = info.session;
  if (typeof id !== 'string' || !(version > 0)) throw new TypeError('refresh answered no SessionInfo');
  return { code: null, session: { id, version }, info };
}
