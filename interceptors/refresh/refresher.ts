import type { SessionInfo } from '../../contract/user.ts';
import { createCooldown, type Cooldown } from '../browser/cooldown.ts';
import { sleep, wallTime } from '../clock.ts';
import { learnLife, type Engine } from '../engine.ts';
import { isReauthError, reauthError } from '../reauthError.ts';
import type { RefreshCause } from '../reauthEvents.ts';
import { createPageLock, createTabLock, heldUntil, underLock, type TabLock } from '../tabLock.ts';
import { Attempts, type Refreshed } from './attempts.ts';

/** Refreshes while the machine says so, and keeps refreshes and logins of this page apart. */
export class Refresher {
  readonly #engine: Engine;
  readonly #lock: TabLock;
  readonly #cooldown: Cooldown;
  #controller = new AbortController();
  #deadline = 0;
  #timer: unknown;
  #by: RefreshCause = 'call';
  /** Whether the server has been asked: an outage that costs no call emits no event. */
  #hasCalled = false;
  #calledAtMs = 0;
  #latest: SessionInfo | undefined;

  constructor(engine: Engine) {
    const { lock, storage, cookieName = 'reseal', name = cookieName } = engine.options;
    // Without a page there are no tabs: two engines of one process share nothing.
    const isPage = typeof location !== 'undefined';
    this.#engine = engine;
    this.#lock = lock ?? (isPage ? createTabLock(name) : createPageLock());
    this.#cooldown = createCooldown(
      engine.clock,
      `${name}_cooldown`,
      () => storage ?? (isPage ? localStorage : undefined),
    );
  }

  start(): void {
    const { state, clock, limits } = this.#engine;
    this.#by = state.name === 'refreshing' && state.holding ? 'expiry' : 'call';
    this.#deadline = clock.performance.now() + limits.refreshMs;
    this.#timer = clock.setTimeout(() => {
      this.#cooldown.start();
      this.#fail(new Error(`no refresh within ${limits.refreshMs} ms`));
    }, limits.refreshMs);
    this.#run();
  }

  stop(): void {
    const engine = this.#engine;
    engine.clock.clearTimeout(this.#timer as never);
    this.#abort();
    engine.signal = undefined;
    if (this.#hasCalled) engine.emit?.({ type: 'refreshAborted' });
    this.#hasCalled = false;
  }

  /** Returns the `SessionInfo` that the last refresh was answered with. */
  readonly latest = (): SessionInfo | undefined => this.#latest;

  /** Runs a login or logout under the lock; a refresh that runs is aborted, and starts again after it. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const { clock, limits, exclusives, look, signal } = this.#engine;
    const deadline = clock.performance.now() + limits.refreshMs;
    // In a microtask, because the running call is aborted first, below: a free lock would start the work at once.
    const task = Promise.resolve().then(() => this.#locked(async () => work(), Infinity, deadline));
    const over = () => {
      exclusives.delete(task);
      clock.setTimeout(look, 0);
    };
    exclusives.add(task);
    task.then(over, over);
    if (signal) this.#run();
    return task;
  }

  #locked<T>(work: () => Promise<T>, waitMs: number, deadline: number): Promise<T> {
    const { clock, limits } = this.#engine;
    return underLock(heldUntil(deadline, this.#lock, clock), work, Math.min(waitMs, limits.lockMs), clock);
  }

  /** Aborts the call that runs; its outcome no longer counts. */
  #abort(): void {
    this.#controller.abort();
    this.#engine.wake?.();
  }

  /** Starts the refresh, or starts it again. */
  #run(): void {
    const engine = this.#engine;
    const { clock, exclusives } = engine;
    this.#abort();
    this.#controller = new AbortController();
    const signal = (engine.signal = this.#controller.signal);
    const work = async () => {
      // A login or logout goes first, and its caller gets a turn to pass on the outcome.
      while (exclusives.size) {
        await Promise.allSettled(exclusives);
        await sleep(0, signal, clock);
      }
      return new Attempts(engine, {
        signal,
        deadline: this.#deadline,
        trustHint: this.#by === 'expiry',
        cooldown: this.#cooldown,
        refresh: (staleVersion) => this.#call(staleVersion, signal),
        locked: (attempt, waitMs) => this.#locked(attempt, waitMs, this.#deadline),
      }).run();
    };
    work().then(
      (refreshed) => signal.aborted || this.#succeed(refreshed),
      (error: unknown) => signal.aborted || this.#fail(error),
    );
  }

  /** Calls the app's `refresh`. */
  async #call(staleVersion: number, signal: AbortSignal): Promise<SessionInfo | undefined> {
    const engine = this.#engine;
    if (!this.#hasCalled) engine.emit?.({ type: 'refreshStarted', by: this.#by });
    this.#hasCalled = true;
    this.#calledAtMs = wallTime(engine.clock);
    let hasReadSignal = false;
    const call = {
      staleVersion,
      get signal() {
        hasReadSignal = true;
        return signal;
      },
    };
    try {
      engine.calling = true;
      const answer = engine.options.refresh(call);
      engine.calling = false;
      return await answer;
    } finally {
      engine.calling = false;
      if (!hasReadSignal) engine.emit?.({ type: 'warned', message: 'refresh must pass its signal on' });
    }
  }

  #succeed(refreshed: Refreshed): void {
    const session = refreshed?.session;
    this.#latest = refreshed && 'user' in refreshed ? refreshed : undefined;
    this.#hasCalled = false;
    this.#cooldown.clear();
    learnLife(this.#engine, this.#latest, this.#calledAtMs);
    const by = session && !this.#latest ? 'otherTab' : this.#by;
    this.#engine.dispatch({ type: 'succeeded', session, info: this.#latest, by });
  }

  #fail(error: unknown): void {
    const { look, dispatch, emit } = this.#engine;
    const { code, cause } = isReauthError(error) ? error : reauthError('ERR_REFRESH_UNAVAILABLE', error);
    const hasCalled = this.#hasCalled;
    this.#hasCalled = false;
    if (code === 'ERR_SESSION_CHANGED') look(); // the hint may name the new one: then the machine has left already
    if (this.#engine.state.name === 'refreshing') dispatch({ type: 'failed', code, cause });
    if (hasCalled && code === 'ERR_REFRESH_UNAVAILABLE')
      emit?.({
        type: 'refreshFailed',
        code: (cause as { code?: string } | undefined)?.code ?? null,
        retryInMs: this.#cooldown.read().leftMs,
      });
  }
}
