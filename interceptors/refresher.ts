import type { SessionInfo } from '../contract/user.ts';
import { sleep } from './clock.ts';
import { createCooldown } from './cooldown.ts';
import type { Engine } from './engine.ts';
import { isReauthError, reauthError } from './reauthError.ts';
import type { RefreshCause } from './reauthEvents.ts';
import { renew, type Renewed } from './renewal.ts';
import { createTabLock, underLock } from './tabLock.ts';

/** Makes what refreshes while the machine says so, and keeps refreshes and logins of this page apart. */
export function createRefresher(engine: Engine) {
  const { options, limits, clock, emit, dispatch, look, exclusives } = engine;
  const { lock = createTabLock() } = options;
  const cooldown = createCooldown(clock, options.storage);
  let controller = new AbortController();
  let deadline = 0;
  let timer: unknown;
  let by: RefreshCause;
  /** Whether the server has been asked: an outage that costs no call makes no noise. */
  let told = false;
  let latest: SessionInfo | undefined;

  const locked = <T>(work: () => Promise<T>, waitMs = Infinity) =>
    underLock(lock, work, Math.min(waitMs, limits.lockMs), clock);

  async function refresh(staleVersion: number, signal: AbortSignal): Promise<SessionInfo | undefined> {
    if (!told) emit?.({ type: 'refreshStarted', by });
    told = true;
    let heeded = false;
    const call = {
      staleVersion,
      get signal() {
        heeded = true;
        return signal;
      },
    };
    try {
      engine.calling = true;
      const answer = options.refresh(call);
      engine.calling = false;
      return await answer;
    } finally {
      engine.calling = false;
      if (!heeded) emit?.({ type: 'warned', message: 'refresh must pass its signal on' });
    }
  }

  /** Calls anew. The call that runs is aborted, and its outcome says nothing any more. */
  function run(): void {
    controller.abort();
    controller = new AbortController();
    const signal = (engine.signal = controller.signal);
    const work = async () => {
      // A login or logout goes first, and its caller gets a turn to say what came of it.
      while (exclusives.size) {
        await Promise.allSettled(exclusives);
        await sleep(0, signal, clock);
      }
      const frugal = by === 'expiry';
      return renew(engine, { signal, deadline, frugal, cooldown, refresh, locked });
    };
    work().then(
      (renewed) => signal.aborted || succeed(renewed),
      (error: unknown) => signal.aborted || fail(error),
    );
  }

  function succeed(renewed: Renewed): void {
    const session = renewed?.session;
    latest = renewed && 'user' in renewed ? renewed : undefined;
    told = false;
    cooldown.clear();
    dispatch({ type: 'succeeded', session, info: latest, by: session && !latest ? 'otherTab' : by });
  }

  function fail(error: unknown): void {
    const { code, cause } = isReauthError(error) ? error : reauthError('ERR_REFRESH_UNAVAILABLE', error);
    const heard = told;
    told = false;
    if (code === 'ERR_SESSION_CHANGED') look(); // the hint may know which: then the machine has left already
    if (engine.state.name === 'refreshing') dispatch({ type: 'failed', code, cause });
    if (heard && code === 'ERR_REFRESH_UNAVAILABLE')
      emit?.({
        type: 'refreshFailed',
        code: (cause as { code?: string } | undefined)?.code ?? null,
        retryInMs: cooldown.read().leftMs,
      });
  }

  return {
    start(): void {
      const { state } = engine;
      by = state.name === 'refreshing' && state.holding ? 'expiry' : 'call';
      deadline = clock.performance.now() + limits.refreshMs;
      timer = clock.setTimeout(() => {
        cooldown.start();
        fail(new Error(`no refresh within ${limits.refreshMs} ms`));
      }, limits.refreshMs);
      run();
    },

    stop(): void {
      clock.clearTimeout(timer);
      controller.abort();
      engine.signal = undefined;
      if (told) emit?.({ type: 'refreshAborted' });
      told = false;
    },

    /** What the last refresh was told. */
    latest: () => latest,

    exclusive<T>(work: () => Promise<T>): Promise<T> {
      // Not before the running call is aborted below: with no lock to wait for it would start at once.
      const task = Promise.resolve().then(() => locked(async () => work()));
      const over = () => {
        exclusives.delete(task);
        clock.setTimeout(look, 0);
      };
      exclusives.add(task);
      task.then(over, over);
      if (engine.signal) run();
      return task;
    },
  };
}
