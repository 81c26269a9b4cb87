import type { AxiosAdapter, AxiosError, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { wallTime } from '../clock.ts';
import type { Engine } from '../engine.ts';
import * as outcome from '../outcome.ts';
import { reauthError } from '../reauthError.ts';
import { asksAgain, type Event } from '../refreshMachine.ts';
import { tameProgress } from './progress.ts';
import { isOneShot, snapshot, unreadable } from './replayBody.ts';
import type { Wait } from './waitingRequests.ts';

/** How often a request is replayed at most. */
const REPLAYS = 8;
/** So long before the time that the server named, a token may be dead: answers travel, and clocks differ. */
const MARGIN_MS = 1000;

/** What came of a request in the end. */
interface End {
  readonly response: AxiosResponse | undefined;
  readonly error: AxiosError | undefined;
  readonly replays: number;
}

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
  const { options, clock, emit, limits } = engine;
  const { timeout = 0 } = config;
  const now = () => clock.performance.now();
  // axios accepts a number as text.
  const timeoutAt = now() + (Math.max(0, parseInt(String(timeout))) || Infinity);
  const leftMs = () => Math.max(1, Math.ceil(timeoutAt - now()));
  config.data = snapshot(config.data);
  config.params = snapshot(config.params);

  if (engine.state.name === 'refreshing' && engine.state.holding) {
    const patienceMs = limits.refreshMs / 10;
    await queue(engine, { type: 'asked', ticket: id }, { config, leftMs: leftMs(), patienceMs });
    emit?.({ type: 'requestReleased', id });
  }
  const { epoch, session } = engine.state;
  let askUntil = Infinity;

  for (let replays = 0; ; replays++) {
    const sent = engine.state.session.version;
    const progress = tameProgress(config);
    let response: AxiosResponse | undefined;
    let error: AxiosError | undefined;
    if (timeoutAt < Infinity) config.timeout = leftMs(); // the wait counts
    try {
      response = await adapter(config);
    } catch (thrown) {
      error = (thrown ?? new Error()) as AxiosError;
      response = error.response;
    }
    if (timeoutAt < Infinity) config.timeout = timeout;
    const answer = error ?? { response };
    const expired = response?.status === 401 && (options.isExpired ?? outcome.isExpired)(answer);
    const version = expired ? (outcome.versionOf(answer) ?? sent) : sent;
    const mayReplay = replays < REPLAYS && now() < askUntil;
    const again = expired && (!replays || (mayReplay && isNews(engine, sent, version)));
    progress?.(again);
    if (!again) {
      if (!expired && session.id !== null && response?.status === 401) engine.refused(epoch, sent, answer);
      if (!error && response?.status !== 409) return response as AxiosResponse;
      return conclude(engine, config, { response, error, replays });
    }
    askUntil = Math.min(askUntil, now() + limits.refreshMs);
    drain(response?.data);
    emit?.({ type: 'requestExpired', id, version });
    // During a refresh the hint is the refresh's to read; a burst of 401s need not read it each.
    if (engine.state.name !== 'refreshing') engine.look();
    // All waits of one request share one bound; the refresh of the first keeps it by itself.
    const patienceMs = replays ? askUntil - now() : Infinity;
    const wait = { config, response, leftMs: leftMs(), patienceMs };
    await queue(engine, { type: 'expired', ticket: id, epoch, version }, wait);
    // A listener may have logged out, or in, before it was this request's turn.
    if (engine.state.epoch !== epoch) throw reauthError('ERR_SESSION_CHANGED', error, config, response);
    if (isOneShot(config.data)) throw reauthError('ERR_NOT_REPLAYABLE', error, config, response);
    emit?.({ type: 'requestReplayed', id });
  }
}

/** Waits for the decision of the machine about an event of this request. */
function queue(engine: Engine, event: Event & { readonly ticket: number }, how: Wait): Promise<void> {
  const { waiting, emit, dispatch } = engine;
  const id = event.ticket;
  const announce = () => {
    dispatch(event);
    if (waiting.has(id)) emit?.({ type: 'requestQueued', id });
  };
  return waiting.enter(id, announce, how);
}

/** Returns the answer, or throws the error, that the caller gets. */
async function conclude(
  engine: Engine,
  config: InternalAxiosRequestConfig,
  { response, error, replays }: End,
): Promise<AxiosResponse> {
  if (response?.status === 409 && outcome.reasonOf({ response }) === 'session_changed') {
    engine.checkHint(undefined);
    engine.look();
    throw reauthError('ERR_SESSION_CHANGED', error, config, response);
  }
  if (!error) return response as AxiosResponse;
  const changed = replays && !response && (await unreadable(config.data));
  throw changed ? reauthError('ERR_NOT_REPLAYABLE', changed, config) : error;
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
