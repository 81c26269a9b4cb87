import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import { sleep, type Clock } from './clock.ts';
import { createCooldown } from './cooldown.ts';
import { openPhase, type Phase } from './phase.ts';
import { reauthError, type ReauthErrorCode } from './reauthError.ts';
import type { Emit } from './reauthEvents.ts';
import type { Limits, ReauthOptions } from './reauthOptions.ts';
import { createCaller } from './refreshCall.ts';
import type { Event, State } from './refreshMachine.ts';
import { renew, type Outcome } from './renewal.ts';
import { createTabLock, underLock } from './tabLock.ts';

interface Engine {
  readonly options: ReauthOptions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly emit: Emit | undefined;
  readonly readHint: () => Hint | null;
  readonly state: () => State;
  readonly dispatch: (event: Event) => void;
  readonly look: () => void;
}

/** Makes what carries out the machine's `start` and `finish`, and keeps logins and refreshes apart. */
export function createRenewals({ options, limits, clock, emit, readHint, state, dispatch, look }: Engine) {
  const cooldown = createCooldown(clock, options.storage);
  const lock = options.lock ?? createTabLock('reseal');
  const locked = <T>(work: () => Promise<T>, waitMs = Infinity) =>
    underLock(lock, work, Math.min(waitMs, limits.lockMs), clock);
  const exclusives = new Set<Promise<unknown>>();
  let phase: Phase | undefined;

  const caller = createCaller(options, () =>
    emit?.({ type: 'warned', message: 'refresh ignores its signal: a late answer may undo a logout' }),
  );

  function refresh(staleVersion: number, signal: AbortSignal) {
    if (phase && !phase.called) {
      phase.called = true;
      emit?.({ type: 'refreshStarted', by: phase.by });
    }
    return caller.call(staleVersion, signal);
  }

  async function run(session: State['session'], { by, deadline, signal }: Phase): Promise<Outcome> {
    // A login or logout goes first, and its caller gets a turn to tell what came of it.
    while (exclusives.size) {
      await Promise.allSettled(exclusives);
      await sleep(0, signal, clock);
    }
    const frugal = by === 'expiry';
    return renew({
      options,
      refresh,
      lock: locked,
      readHint,
      clock,
      cooldown,
      session,
      frugal,
      signal,
      deadline,
    });
  }

  function conclude(run: number, outcome: Outcome): void {
    // The outcome of a refresh that was aborted says nothing about the session that took its place.
    if (!phase || state().run !== run) return;
    const { by, called } = phase;
    const { epoch } = state();
    switch (outcome.code) {
      case null: {
        const { session, info } = outcome;
        cooldown.clear();
        phase.info = info;
        dispatch({ type: 'succeeded', run, session });
        if (state().epoch !== epoch) return emit?.({ type: 'sessionChanged', hint: session });
        const { version } = state().session;
        return emit?.({
          type: 'sessionRenewed',
          session: info,
          version,
          by: session && !info ? 'otherTab' : by,
        });
      }
      case 'ERR_SESSION_ENDED':
        dispatch({ type: 'failed', run, ...outcome });
        return emit?.({ type: 'sessionEnded', reason: outcome.reason ?? null });
      case 'ERR_SESSION_CHANGED':
        look(); // where the hint knows which session it is now, that is all
        if (state().epoch !== epoch) return;
        dispatch({ type: 'failed', run, ...outcome });
        return emit?.({ type: 'sessionChanged', hint: null });
      default:
        if (!outcome.cooling) cooldown.start(outcome.retryAfterMs, outcome.cause);
        dispatch({ type: 'failed', run, ...outcome });
        if (called)
          emit?.({ type: 'refreshFailed', code: codeOf(outcome.cause), retryInMs: cooldown.leftMs() });
    }
  }

  return {
    isCalling: caller.isCalling,
    isExclusive: (): boolean => exclusives.size > 0,
    isRefreshSignal: (signal: object): boolean => signal === phase?.signal,
    /** The promise of the refresh that runs, for whoever asked for it by name. */
    done: (): Promise<SessionInfo | undefined> | undefined => phase?.done,

    start(number: number): void {
      const current = state();
      const by = current.name === 'refreshing' && current.holding ? 'expiry' : 'call';
      phase ??= openPhase(by, limits.refreshMs, clock, (cause) =>
        conclude(state().run, { code: 'ERR_REFRESH_UNAVAILABLE', cause }),
      );
      phase.restart();
      run(current.session, phase)
        .catch((cause: unknown): Outcome => ({ code: 'ERR_REFRESH_UNAVAILABLE', cause }))
        .then((outcome) => conclude(number, outcome));
    },

    close(code: ReauthErrorCode | null, cause: unknown): void {
      phase?.close(code && reauthError(code, cause));
      phase = undefined;
    },

    exclusive<T>(work: () => Promise<T>): Promise<T> {
      // Not before the call that runs has been aborted: with no lock to wait for, it would start at once.
      const task = Promise.resolve().then(() => locked(async () => work()));
      const over = () => {
        exclusives.delete(task);
        clock.setTimeout(look, 0);
      };
      exclusives.add(task);
      task.then(over, over);
      dispatch({ type: 'interrupted' });
      return task;
    },
  };
}

const codeOf = (cause: unknown): string | null => (cause as { code?: string } | undefined)?.code ?? null;
