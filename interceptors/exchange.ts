import { AxiosError, type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Engine } from './engine.ts';
import type { Event } from './machineTypes.ts';
import * as outcome from './outcome.ts';
import { reauthError } from './reauthError.ts';
import { tameProgress } from './uploadProgress.ts';

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
  const { isExpired = outcome.isExpired, isFinal = outcome.isFinal } = options;
  const { timeout } = config;
  const since = clock.performance.now();
  const left = () => (timeout ? Math.max(1, Math.ceil(since + timeout - clock.performance.now())) : Infinity);

  const wait = (event: Event, response?: AxiosResponse, patienceMs?: number) => {
    const knock = () => {
      engine.dispatch(event);
      if (room.waits(ticket)) emit?.({ type: 'requestQueued', id: ticket });
    };
    return room.enter(ticket, knock, config, response, left(), patienceMs);
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

  const asksForRefresh = (answer: Answer) =>
    answer.response?.status === 401 && isExpired(problemOf(answer, config));

  if (engine.state.name === 'refreshing' && engine.state.holding) {
    await wait({ type: 'held', ticket }, undefined, engine.limits.refreshMs / 10);
    emit?.({ type: 'requestReleased', id: ticket });
  }
  const { epoch, session, name } = engine.state;

  const finishProgress = tameProgress(config);
  let answer = await send();
  const expired = asksForRefresh(answer);
  finishProgress(expired);

  if (expired) {
    const version = outcome.versionOf(answer) ?? session.version;
    emit?.({ type: 'requestExpired', id: ticket, version });
    // During a refresh the hint is the refresh's to read; a burst of 401s need not read it each.
    if (engine.state.name !== 'refreshing') engine.look();
    await wait({ type: 'expired', ticket, epoch, version }, answer.response);
    if (isStream(config.data)) throw reauthError('ERR_NOT_REPLAYABLE', answer.error, config, answer.response);
    emit?.({ type: 'requestReplayed', id: ticket });
    answer = await send();
  }

  const { response, error } = answer;
  const reason = outcome.reasonOf(answer);
  if (response?.status === 409 && reason === 'session_changed') {
    engine.look();
    throw reauthError('ERR_SESSION_CHANGED', error, config, response);
  }
  if (
    response?.status === 401 &&
    name !== 'ended' &&
    session.id !== null &&
    !asksForRefresh(answer) &&
    isFinal(problemOf(answer, config))
  )
    engine.refused(epoch, reason);
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
const isStream = (body?: { pipe?: unknown; getReader?: unknown }) => !!(body?.pipe ?? body?.getReader);
