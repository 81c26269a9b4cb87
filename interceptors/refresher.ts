import type { AxiosError } from 'axios';
import type { SessionInfo } from '../contract/user.ts';
import { sleep } from './clock.ts';
import type { Engine } from './engine.ts';
import { reasonOf } from './outcome.ts';
import { isReauthError, reauthError } from './reauthError.ts';
import type { RefreshCause } from './reauthEvents.ts';
import { createRenewal, type Renewed } from './renewal.ts';
import { createTabLock, underLock } from './tabLock.ts';

/** Makes what carries out the machine's `start` and `stop`, and keeps refreshes and logins of this page apart. */
export function createRefresher(engine: Engine) {
  const { options, limits, clock, emit, dispatch, look } = engine;
  const { lock = createTabLock() } = options;
  const exclusives = new Set<Promise<unknown>>();
  let controller: AbortController | undefined;
  let deadline = 0;
  let timer: unknown;
  let by: RefreshCause = 'call';
  let told = false;
  let calling = false;
  let latest: SessionInfo | null = null;

  const locked = <T>(work: () => Promise<T>, waitMs = limits.lockMs) =>
    underLock(lock, work, Math.min(waitMs, limits.lockMs), clock);

  const { renew, cooldown } = createRenewal(engine, locked, async (staleVersion, signal) => {
    if (!told) emit?.({ type: 'refreshStarted', by });
    told = true;
    let heeded = false;
    try {
      calling = true;
      const answer = options.refresh({
        staleVersion,
        get signal() {
          heeded = true;
          return signal;
        },
      });
      calling = false;
      return await answer;
    } finally {
      calling = false;
      if (!heeded) emit?.({ type: 'warned', message: 'refresh must pass its signal on' });
    }
  });

  /** Calls anew; a call that runs is aborted, and its outcome says nothing any more. */
  function run(): void {
    controller?.abort();
    controller = new AbortController();
    const { signal } = controller;
    const { session } = engine.state;
    const work = async () => {
      // A login or logout goes first, and its caller gets a turn to say what came of it.
      while (exclusives.size) {
        await Promise.allSettled(exclusives);
        await sleep(0, signal, clock);
      }
      return renew(session, signal, deadline, by === 'expiry');
    };
    work().then(
      (renewed) => signal.aborted || succeed(renewed),
      (error: unknown) => signal.aborted || fail(error),
    );
  }

  function succeed({ session, info }: Renewed): void {
    const { epoch } = engine.state;
    told = false;
    latest = info;
    cooldown.clear();
    dispatch({ type: 'succeeded', session });
    const { version } = engine.state.session;
    if (engine.state.epoch !== epoch) emit?.({ type: 'sessionChanged', hint: session });
    else emit?.({ type: 'sessionRenewed', session: info, version, by: session && !info ? 'otherTab' : by });
  }

  function fail(error: unknown): void {
    const { code, cause } = isReauthError(error) ? error : reauthError('ERR_REFRESH_UNAVAILABLE', error);
    const heard = told;
    told = false;
    if (code === 'ERR_SESSION_CHANGED') look(); // the hint may know which: then the machine has left already
    if (engine.state.name !== 'refreshing') return;
    dispatch({ type: 'failed', code, cause });
    if (code === 'ERR_SESSION_ENDED') emit?.({ type: 'sessionEnded', reason: reasonOf(cause) ?? null });
    else if (code === 'ERR_SESSION_CHANGED') emit?.({ type: 'sessionChanged', hint: null });
    else if (heard)
      emit?.({
        type: 'refreshFailed',
        code: (cause as AxiosError).code ?? null,
        retryInMs: cooldown.leftMs(),
      });
  }

  return {
    start(): void {
      const { state } = engine;
      by = state.name === 'refreshing' && state.holding ? 'expiry' : 'call';
      deadline = clock.performance.now() + limits.refreshMs;
      timer = clock.setTimeout(() => {
        const spent = new Error(`no refresh within ${limits.refreshMs} ms`);
        cooldown.start(undefined, spent);
        fail(spent);
      }, limits.refreshMs);
      run();
    },

    stop(): void {
      clock.clearTimeout(timer);
      controller?.abort();
      controller = undefined;
      if (told) emit?.({ type: 'refreshAborted' });
      told = false;
    },

    /** What the last refresh was told. */
    latest: () => latest ?? undefined,
    isExclusive: () => exclusives.size > 0,
    /** Tells whether a request is part of the refresh itself, which must not wait for itself. */
    isOwn: (signal: unknown) => !!controller && signal === controller.signal,
    isCalling: () => calling,

    exclusive<T>(work: () => Promise<T>): Promise<T> {
      // Not before the running call is aborted below: with no lock to wait for it would start at once.
      const task = Promise.resolve().then(() => locked(async () => work()));
      const over = () => {
        exclusives.delete(task);
        clock.setTimeout(look, 0);
      };
      exclusives.add(task);
      task.then(over, over);
      if (controller) run();
      return task;
    },
  };
}
