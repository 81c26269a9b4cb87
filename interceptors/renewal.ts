import type { Hint } from '../contract/hint.ts';
import type { SessionInfo } from '../contract/user.ts';
import { sleep } from './clock.ts';
import { createCooldown } from './cooldown.ts';
import type { Engine } from './engine.ts';
import type { Session } from './machineTypes.ts';
import * as outcome from './outcome.ts';
import { isReauthError, reauthError } from './reauthError.ts';

const TRIES = 4;
const FIRST_PAUSE_MS = 400;

/** A session renewed: `session` is null where nobody named it, `info` where only the hint did. */
export interface Renewed {
  readonly session: Hint | null;
  readonly info: SessionInfo | null;
}

/**
 * Makes what renews a session: calls of `refresh` until one decides, within a budget.
 *
 * The lock is around each call alone, never around a pause: other tabs wait for it.
 *
 * @see DESIGN §4.6, §4.7
 */
export function createRenewal(
  { options, clock, readHint }: Engine,
  locked: (work: () => Promise<Renewed>, waitMs: number) => Promise<Renewed>,
  refresh: (staleVersion: number, signal: AbortSignal) => Promise<SessionInfo | undefined>,
) {
  const { isFinal = outcome.isFinal, random = Math.random, whoAmI } = options;
  const cooldown = createCooldown(clock, options.storage);

  /**
   * Renews `session`. `frugal` lets a hint that has moved on save the call: not where `SessionInfo` is asked for.
   *
   * @throws {ReauthError} ended, changed or unavailable, the refusal as its cause; anything once `signal` aborted
   */
  async function renew(
    session: Session,
    signal: AbortSignal,
    deadline: number,
    frugal: boolean,
  ): Promise<Renewed> {
    let sent: Hint | null = null;
    let doubts = 0;
    let asked = false;

    /** Whoever gets the lock looks first: the renewal, or its failure, may be another tab's already. */
    const attempt = async () => {
      signal.throwIfAborted();
      sent = readHint();
      const elsewhere = movedOn(sent, session);
      if (elsewhere && frugal) return elsewhere;
      if (cooldown.leftMs()) throw reauthError('ERR_REFRESH_UNAVAILABLE', cooldown.cause());
      return accept(await refresh(session.version, signal));
    };

    for (let tries = 1; ; tries++) {
      let problem: unknown;
      try {
        return await locked(attempt, deadline - clock.performance.now());
      } catch (error) {
        problem = error;
      }
      signal.throwIfAborted();
      if (isReauthError(problem)) throw problem;
      const reason = outcome.reasonOf(problem);
      if (reason === 'session_changed') throw reauthError('ERR_SESSION_CHANGED', problem);
      if (isFinal(problem)) {
        const hint = readHint();
        // While the refusal travelled somebody renewed or logged in (P8): it is about a session long gone.
        if (hint && !same(hint, sent) && doubts++ < 2) continue;
        const ended = reauthError('ERR_SESSION_ENDED', problem);
        if (reason !== 'no_session' || !hint || !whoAmI || asked) throw ended;
        asked = true;
        try {
          const found = accept(await whoAmI({ signal }));
          if (found.session && found.session.version > session.version) return found;
          continue;
        } catch (error) {
          if (isFinal(error)) throw ended;
          problem = error;
        }
      }
      const waitMs = outcome.retryAfterMs(problem);
      const pauseMs = waitMs ?? FIRST_PAUSE_MS * 2 ** tries * (0.5 + random() / 2);
      // In an outage one call per window, before it a few.
      const last = cooldown.failures() > 0 || tries >= TRIES || !outcome.isPassing(problem);
      if (last || clock.performance.now() + pauseMs >= deadline) {
        const elsewhere = movedOn(readHint(), session);
        if (elsewhere) return elsewhere;
        cooldown.start(waitMs, problem);
        throw reauthError('ERR_REFRESH_UNAVAILABLE', problem);
      }
      await sleep(pauseMs, signal, clock);
    }
  }

  return { renew, cooldown };
}

const same = (a: Hint, b: Hint | null) => a.id === b?.id && a.version === b.version;

/** What the hint says has come to pass without us. */
function movedOn(hint: Hint | null, { id, version }: Session): Renewed | null {
  if (!hint || id === null) return null;
  if (hint.id !== id) throw reauthError('ERR_SESSION_CHANGED');
  return hint.version > version ? { session: hint, info: null } : null;
}

/** Takes what `refresh` answered: `SessionInfo`, or nothing at all. Rubbish with a 200 is a failure like another. */
function accept(info: SessionInfo | undefined): Renewed {
  if (info === undefined) return { session: null, info: null };
  const { id, version } = info.session;
  if (!id || !(version > 0)) throw new TypeError('refresh answered no SessionInfo');
  return { session: { id, version }, info };
}
