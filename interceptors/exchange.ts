import { AxiosError, type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Clock } from './clock.ts';
import * as judge from './outcome.ts';
import { reauthError } from './reauthError.ts';
import type { Emit } from './reauthEvents.ts';
import type { ReauthOptions } from './reauthOptions.ts';
import type { Event, State } from './refreshMachine.ts';
import { tameProgress } from './uploadProgress.ts';
import type { WaitingRoom } from './waitingRoom.ts';

/** What one request needs of the engine. */
export interface Engine {
  readonly options: ReauthOptions;
  readonly clock: Clock;
  readonly room: WaitingRoom;
  /** How long a request is held before its first trip: a courtesy, so it has an end. */
  readonly patienceMs: number;
  readonly emit: Emit | undefined;
  readonly state: () => State;
  readonly dispatch: (event: Event) => void;
  /** Reads the hint anew. */
  readonly look: () => void;
  /** Hears the server say, to a request that knew its session, that this session is over. */
  readonly refused: (epoch: number, reason: string | undefined) => void;
}

/** What came back: an answer, or an error with or without one. */
interface Answer {
  readonly response?: AxiosResponse | undefined;
  readonly error?: unknown;
}

/**
 * Carries one request to its answer: held, sent, queued, replayed at most once.
 *
 * It stands where axios expects the adapter, below everybody's transforms and interceptors: those run once, and
 * the replay hands the very same config to the very same adapter.
 */
export async function exchange(
  engine: Engine,
  adapter: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  ticket: number,
): Promise<AxiosResponse> {
  const { options, clock, room, emit } = engine;
  const { isExpired = judge.isExpired, isFinal = judge.isFinal } = options;
  const { timeout } = config;
  const since = clock.now();
  const left = () => (timeout ? Math.max(1, Math.ceil(since + timeout - clock.now())) : 0);

  const wait = (event: Event, response?: AxiosResponse, patienceMs?: number) => {
    const knock = () => {
      engine.dispatch(event);
      if (room.waits(ticket)) emit?.({ type: 'requestQueued', id: ticket });
    };
    return room.enter({ ticket, config, response }, knock, left(), patienceMs);
  };

  const send = async (): Promise<Answer> => {
    if (timeout) config.timeout = left(); // the wait counts
    try {
      return { response: await adapter(config) };
    } catch (error) {
      return { response: (error as Partial<AxiosError> | undefined)?.response, error: error ?? new Error() };
    } finally {
      if (timeout) config.timeout = timeout;
    }
  };

  let state = engine.state();
  if (state.name === 'refreshing' && state.holding) {
    await wait({ type: 'held', ticket }, undefined, engine.patienceMs);
    emit?.({ type: 'requestReleased', id: ticket });
    state = engine.state();
  }
  const { epoch, session } = state;
  const known = state.name !== 'ended' && session.id !== null;
  const asksForRefresh = (answer: Answer) =>
    answer.response?.status === 401 && isExpired(problemOf(answer, config));

  const finishProgress = tameProgress(config);
  let answer = await send();
  const expired = asksForRefresh(answer);
  finishProgress(expired);

  if (expired) {
    const version = judge.versionOf(answer) ?? session.version;
    emit?.({ type: 'requestExpired', id: ticket, version });
    // During a refresh the hint is the refresh's to read; a burst of 401s need not read it each.
    if (engine.state().name !== 'refreshing') engine.look();
    await wait({ type: 'expired', ticket, epoch, version }, answer.response);
    if (isConsumed(config.data))
      throw reauthError('ERR_NOT_REPLAYABLE', answer.error, config, answer.response);
    discard(answer.response?.data);
    emit?.({ type: 'requestReplayed', id: ticket });
    answer = await send();
  }

  const { response, error } = answer;
  if (response?.status === 409 && judge.reasonOf(answer) === 'session_changed') {
    engine.look();
    throw reauthError('ERR_SESSION_CHANGED', error, config, response);
  }
  if (known && response?.status === 401 && !asksForRefresh(answer) && isFinal(problemOf(answer, config)))
    engine.refused(epoch, judge.reasonOf(answer));
  if (error) throw error;
  return response as AxiosResponse;
}

/** The error of an answer, also where `validateStatus` called it a success. */
function problemOf({ response, error }: Answer, config: InternalAxiosRequestConfig): AxiosError {
  const message = `Request failed with status code ${response?.status}`;
  return (
    (error as AxiosError | undefined) ??
    new AxiosError(message, AxiosError.ERR_BAD_REQUEST, config, response?.request, response)
  );
}

/** A stream can be sent once. Sent again it is empty, and the server says 200 to that. */
function isConsumed(body: unknown): boolean {
  const { pipe, getReader } = (body ?? {}) as { pipe?: unknown; getReader?: unknown };
  return !!(pipe ?? getReader);
}

/** Lets go of the body of a 401 that nobody will read, where it is a stream that holds a socket. */
function discard(body: { resume?(): void; cancel?(): Promise<void> } | undefined): void {
  body?.resume?.();
  body?.cancel?.().catch(() => {});
}
