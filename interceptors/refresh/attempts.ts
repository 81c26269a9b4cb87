import type { Hint } from '../../contract/hint.ts';
import type { SessionInfo } from '../../contract/user.ts';
import type { Cooldown } from '../browser/cooldown.ts';
import { sleep } from '../clock.ts';
import type { Engine } from '../engine.ts';
import * as outcome from '../outcome.ts';
import { isReauthError, reauthError } from '../reauthError.ts';
import type { Session } from '../refreshMachine.ts';

const TRIES = 4;
const FIRST_PAUSE_MS = 400;
/** How often a pause reads the hint: not every browser reports that a cookie changed. */
const LOOK_MS = 250;

/** The session after a refresh: its info, or what the hint says; nothing where the backend says nothing. */
export type Refreshed = SessionInfo | { readonly session: Hint } | undefined;

export interface RefreshTask {
  readonly signal: AbortSignal;
  /** When the budget is spent, by `clock.performance`. */
  readonly deadline: number;
  /** Whether a hint that has moved on may spare the call: not where the app asks for `SessionInfo`. */
  readonly trustHint: boolean;
  readonly cooldown: Cooldown;
  /** Calls the app's `refresh`. */
  readonly refresh: (staleVersion: number, signal: AbortSignal) => Promise<SessionInfo | undefined>;
  /** Runs an attempt under the tab lock, if that is granted within `waitMs`. */
  readonly locked: (attempt: () => Promise<Refreshed>, waitMs: number) => Promise<Refreshed>;
}

/**
 * Refreshes a session: calls until one answer decides, within the budget.
 *
 * The lock is around each call alone, never around a pause: other tabs wait for it.
 *
 * @throws {ReauthError} ended, changed or unavailable, the refusal as its cause; anything once `signal` aborted
 * @see docs/architecture.md, promises 6 and 7
 */
export class Attempts {
  readonly #engine: Engine;
  readonly #task: RefreshTask;
  /** The hint when the call was sent. */
  #sent: Hint | null = null;
  #stale = 0;
  #doubts = 0;

  constructor(engine: Engine, task: RefreshTask) {
    this.#engine = engine;
    this.#task = task;
  }

  async run(): Promise<Refreshed> {
    const [engine, task] = [this.#engine, this.#task];
    const { clock, options } = engine;
    for (let tries = 1; ; tries++) {
      let problem: unknown;
      try {
        const waitMs = task.deadline - clock.performance.now();
        const done = this.#spared() ?? (await task.locked(() => this.#call(), waitMs));
        const { version } = engine.state.session;
        if (!done || version === this.#stale || done.session.version > version) return done;
        continue; // another tab's, and a 401 that joined since says that it is dead too
      } catch (error) {
        problem = error;
      }
      problem = await this.#judge(problem);
      if (problem === undefined) continue;

      const askedMs = outcome.retryAfterMs(problem);
      const backOffMs = FIRST_PAUSE_MS * 2 ** tries * (0.5 + (options.random ?? Math.random)() / 2);
      const until = clock.performance.now() + Math.max(askedMs ?? backOffMs, FIRST_PAUSE_MS);
      // In an outage one call per window, before it a few.
      if (task.cooldown.read().failures || tries >= TRIES || until >= task.deadline) {
        const elsewhere = movedOn(engine.readHint(), engine.state.session);
        if (elsewhere) return elsewhere;
        task.cooldown.start(askedMs);
        throw reauthError('ERR_REFRESH_UNAVAILABLE', problem);
      }
      await this.#pause(until);
    }
  }

  /** Returns what another tab refreshed already; throws where another tab's failure says to wait. */
  #spared(): Refreshed {
    const { signal, trustHint, cooldown } = this.#task;
    if (signal.aborted) throw new Error('aborted');
    this.#sent = this.#engine.readHint();
    const elsewhere = movedOn(this.#sent, this.#engine.state.session);
    if (elsewhere && trustHint) return elsewhere;
    if (cooldown.read().leftMs) throw reauthError('ERR_REFRESH_UNAVAILABLE');
    return undefined;
  }

  /** Calls, unless the wait for the lock made that needless. */
  async #call(): Promise<Refreshed> {
    const spared = this.#spared();
    if (spared) return spared;
    this.#stale = this.#engine.state.session.version;
    const info = await this.#task.refresh(this.#stale, this.#task.signal);
    // A 200 with anything else is a failure; nothing at all is a backend that knows no version.
    if (info !== undefined && !(info.session.version > 0)) throw new TypeError('no SessionInfo');
    return info;
  }

  /** Throws what ends the refresh; returns the failure to try again after, or `undefined` to try again at once. */
  async #judge(problem: unknown): Promise<unknown> {
    const { readHint, options } = this.#engine;
    // Reseal's server names the reason of each 401. Without its hint the backend is another one.
    const { isFinal = this.#sent ? outcome.isFinal : outcome.isRefusal, whoAmI } = options;
    const { signal } = this.#task;
    if (signal.aborted || isReauthError(problem)) throw problem;
    const reason = outcome.reasonOf(problem);
    if (reason === 'session_changed') {
      this.#engine.checkHint(undefined);
      throw reauthError('ERR_SESSION_CHANGED', problem);
    }
    if (!isFinal(problem)) return problem;
    const hint = readHint();
    const isDoubtful = hint && this.#doubts++ < 2;
    // The hint changed while the refusal travelled: it is about a session or version that is gone (P8).
    if (isDoubtful && !isSame(hint, this.#sent)) return undefined;
    const ended = reauthError('ERR_SESSION_ENDED', problem);
    if (!isDoubtful || reason !== 'no_session' || !whoAmI) throw ended;
    try {
      await whoAmI({ signal });
      return undefined;
    } catch (error) {
      if (isFinal(error)) throw ended;
      return error;
    }
  }

  /** Pauses until then, or until the hint has changed since the last call was sent. */
  async #pause(until: number): Promise<void> {
    const { clock, readHint } = this.#engine;
    const woken = new AbortController();
    this.#engine.wake = () => woken.abort();
    for (;;) {
      const leftMs = until - clock.performance.now();
      if (leftMs <= 0 || woken.signal.aborted || !isSame(readHint(), this.#sent)) return;
      await sleep(Math.min(leftMs, LOOK_MS), woken.signal, clock);
    }
  }
}

const isSame = (a: Hint | null, b: Hint | null): boolean => a?.id === b?.id && a?.version === b?.version;

/** Returns what the hint says has happened without this refresh. */
function movedOn(hint: Hint | null, { id, version }: Session): Refreshed {
  if (!hint || id === null) return undefined;
  if (hint.id !== id) throw reauthError('ERR_SESSION_CHANGED');
  return hint.version > version ? { session: hint } : undefined;
}
