import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import { sleep } from './clock.ts';
import type { Cooldown } from './cooldown.ts';
import type { Engine } from './engine.ts';
import type { Session } from './refreshMachine.ts';
import * as outcome from './outcome.ts';
import { isReauthError, reauthError } from './reauthError.ts';

const TRIES = 4;
const FIRST_PAUSE_MS = 400;

/** A session renewed: all about it, or what the hint says; nothing where the backend says nothing. */
export type Renewed = SessionInfo | { readonly session: Hint } | undefined;

export interface RenewalTask {
  readonly signal: AbortSignal;
  /** When the budget is spent, by the clock. */
  readonly deadline: number;
  /** Whether a hint that has moved on may save the call: not where `SessionInfo` is asked for. */
  readonly frugal: boolean;
  readonly cooldown: Cooldown;
  /** Calls the app. */
  readonly refresh: (staleVersion: number, signal: AbortSignal) => Promise<SessionInfo | undefined>;
  /** Runs an attempt under the tab lock, if that comes within `waitMs`. */
  readonly locked: (attempt: () => Promise<Renewed>, waitMs: number) => Promise<Renewed>;
}

/**
 * Renews a session: calls until one decides, within its budget.
 *
 * The lock is around each call alone, never around a pause: other tabs wait for it.
 *
 * @throws {ReauthError} ended, changed or unavailable, the refusal as its cause; anything once `signal` aborted
 * @see docs/architecture.md, promises 6 and 7
 */
export async function renew(
  engine: Engine,
  { signal, deadline, frugal, cooldown, refresh, locked }: RenewalTask,
): Promise<Renewed> {
  const { options, clock, readHint } = engine;
  const { isFinal = outcome.isFinal, random = Math.random, whoAmI } = options;
  let sent = readHint();
  let doubts = 0;
  let stale = 0;

  /** Whether a call can be spared: the renewal, or its failure, may be another tab's already. */
  const spared = (): Renewed => {
    signal.throwIfAborted();
    sent = readHint();
    const elsewhere = movedOn(sent, engine.state.session);
    if (elsewhere && frugal) return elsewhere;
    if (cooldown.read().leftMs) throw reauthError('ERR_REFRESH_UNAVAILABLE');
    return undefined;
  };
  const attempt = async () => {
    const renewed = spared(); // whoever gets the lock looks again: it took a while
    if (renewed) return renewed;
    const info = await refresh((stale = engine.state.session.version), signal);
    // Rubbish with a 200 is a failure like another; nothing at all is a backend that knows no version.
    if (info !== undefined && !(info.session.version > 0)) throw new TypeError('no SessionInfo');
    return info;
  };

  for (let tries = 1; ; tries++) {
    let problem: unknown;
    try {
      const renewed = spared() ?? (await locked(attempt, deadline - clock.performance.now()));
      const { version } = engine.state.session;
      if (!renewed || version === stale || renewed.session.version > version) return renewed;
      continue; // another tab's, and a 401 that joined meanwhile has called it dead
    } catch (error) {
      problem = error;
    }
    signal.throwIfAborted();
    if (isReauthError(problem)) throw problem;
    const reason = outcome.reasonOf(problem);
    if (reason === 'session_changed') throw reauthError('ERR_SESSION_CHANGED', problem);
    if (isFinal(problem)) {
      const hint = readHint();
      const doubtful = hint && doubts++ < 2;
      // While the refusal travelled somebody renewed or logged in (P8): it is about a session long gone.
      if (doubtful && (hint.id !== sent?.id || hint.version !== sent.version)) continue;
      const ended = reauthError('ERR_SESSION_ENDED', problem);
      if (!doubtful || reason !== 'no_session' || !whoAmI) throw ended;
      try {
        await whoAmI({ signal });
        continue;
      } catch (error) {
        if (isFinal(error)) throw ended;
        problem = error;
      }
    }
    const waitMs = outcome.retryAfterMs(problem);
    const pauseMs = waitMs ?? FIRST_PAUSE_MS * 2 ** tries * (0.5 + random() / 2);
    // In an outage one call per window, before it a few.
    if (cooldown.read().failures || tries >= TRIES || clock.performance.now() + pauseMs >= deadline) {
      const elsewhere = movedOn(readHint(), engine.state.session);
      if (elsewhere) return elsewhere;
      cooldown.start(waitMs);
      throw reauthError('ERR_REFRESH_UNAVAILABLE', problem);
    }
    await sleep(pauseMs, signal, clock);
  }
}

/** What the hint says has come to pass without us. */
function movedOn(hint: Hint | null, { id, version }: Session): Renewed {
  if (!hint || id === null) return undefined;
  if (hint.id !== id) throw reauthError('ERR_SESSION_CHANGED');
  return hint.version > version ? { session: hint } : undefined;
}
