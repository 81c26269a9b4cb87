import type { AxiosAdapter, AxiosError, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { wallTime } from '../clock.ts';
import type { Engine } from '../engine.ts';
import * as outcome from '../outcome.ts';
import { reauthError, type ReauthErrorCode } from '../reauthError.ts';
import { asksAgain, type Event } from '../refreshMachine.ts';
import { tameProgress } from './progress.ts';
import { isOneShot, snapshot, unreadable } from './replayBody.ts';

/** How often a request is replayed at most. */
const REPLAYS = 8;
/** So long before the time that the server named, a token may be dead: answers travel, and clocks differ. */
const MARGIN_MS = 1000;

/**
 * Carries one request to its answer: held, sent, queued, replayed.
 *
 * It stands where axios expects the adapter, below all transforms and interceptors: those run once, and a replay
 * passes the very same config to the very same adapter.
 */
export async function exchange(
  engine: Engine,
  adapter: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  id: number,
): Promise<AxiosResponse> {
  const { options, clock, emit, limits, waiting } = engine;
  const { timeout = 0 } = config;
  const now = () => clock.performance.now();
  // axios accepts a number as text.
  const timeoutAt = now() + (Math.max(0, parseInt(String(timeout))) || Infinity);
  const leftMs = () => Math.max(1, Math.ceil(timeoutAt - now()));
  config.data = snapshot(config.data);
  config.params = snapshot(config.params);

  const wait = (event: Event, response?: AxiosResponse, patienceMs?: number) => {
    const announce = () => {
      engine.dispatch(event);
      if (waiting.has(id)) emit?.({ type: 'requestQueued', id });
    };
    return waiting.enter(id, announce, { config, response, leftMs: leftMs(), patienceMs });
  };

  if (engine.state.name === 'refreshing' && engine.state.holding) {
    await wait({ type: 'asked', ticket: id }, undefined, limits.refreshMs / 10);
    emit?.({ type: 'requestReleased', id });
  }
  const { epoch, session } = engine.state;
  let askUntil = Infinity;

  for (let replays = 0; ; replays++) {
    const sent = engine.state.session.version;
    const progress = tameProgress(config);
    if (timeoutAt < Infinity) config.timeout = leftMs(); // the wait counts
    const { response, error } = await send(adapter, config);
    if (timeoutAt < Infinity) config.timeout = timeout;
    const refuse = (code: ReauthErrorCode, cause: unknown = error) =>
      reauthError(code, cause, config, response);
    const answer = error ?? { response };
    const expired = response?.status === 401 && (options.isExpired ?? outcome.isExpired)(answer);
    const version = outcome.versionOf(answer) ?? sent;
    const mayReplay = replays < REPLAYS && now() < askUntil;
    const again = expired && (!replays || (mayReplay && isNews(engine, sent, version)));
    progress?.(again);

    if (!again) {
      if (response?.status === 409 && outcome.reasonOf(answer) === 'session_changed') {
        engine.checkHint(undefined);
        engine.look();
        throw refuse('ERR_SESSION_CHANGED');
      }
      if (response?.status === 401 && !expired && session.id !== null) engine.refused(epoch, sent, answer);
      if (!error) return response as AxiosResponse;
      const changed = replays && !response && (await unreadable(config.data));
      throw changed ? refuse('ERR_NOT_REPLAYABLE', changed) : error;
    }
    askUntil = Math.min(askUntil, now() + limits.refreshMs);
    drain(response?.data);
    emit?.({ type: 'requestExpired', id, version });
    // During a refresh the hint is the refresh's to read; a burst of 401s need not read it each.
    if (engine.state.name !== 'refreshing') engine.look();
    await wait({ type: 'expired', ticket: id, epoch, version }, response);
    // A listener may have logged out, or in, before it was this request's turn.
    if (engine.state.epoch !== epoch) throw refuse('ERR_SESSION_CHANGED');
    if (isOneShot(config.data)) throw refuse('ERR_NOT_REPLAYABLE');
    emit?.({ type: 'requestReplayed', id });
  }
}

/** Sends it once. */
async function send(
  adapter: AxiosAdapter,
  config: InternalAxiosRequestConfig,
): Promise<{ response?: AxiosResponse | undefined; error?: AxiosError }> {
  try {
    return { response: await adapter(config) };
  } catch (thrown) {
    const error = (thrown ?? new Error()) as AxiosError;
    return { response: error.response, error };
  }
}

/** Reports whether the 401 of a replay is about a token that is known to be dead. */
function isNews(engine: Engine, sent: number, refused: number): boolean {
  if (engine.state.name !== 'refreshing') engine.look();
  const { life, state, clock } = engine;
  // Of a version that another tab obtained, only that tab knows when it dies.
  const isOver =
    life?.version === refused ? wallTime(clock) >= life.expiresAtMs - MARGIN_MS : state.session.id !== null;
  return asksAgain(state, sent, refused, isOver);
}

/** Reads a streamed answer to its end: until then Node's agent keeps its socket, which the refresh may need. */
function drain(body?: {
  on?: (event: 'error', listener: () => void) => { resume(): void };
  cancel?: () => Promise<void>;
}): void {
  body?.on?.('error', () => {}).resume();
  body?.cancel?.().catch(() => {});
}
