import type { AxiosAdapter, AxiosError, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Engine } from './engine.ts';
import type { Event } from './refreshMachine.ts';
import * as outcome from './outcome.ts';
import { reauthError } from './reauthError.ts';
import { tameProgress } from './uploadProgress.ts';

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

  if (engine.state.name === 'refreshing' && engine.state.holding) {
    await wait({ type: 'asked', ticket }, undefined, engine.limits.refreshMs / 10);
    emit?.({ type: 'requestReleased', id: ticket });
  }
  const { epoch, session } = engine.state;
  const finishProgress = tameProgress(config);

  for (let isReplay = false; ; isReplay = true) {
    const sentVersion = engine.state.session.version;
    let response: AxiosResponse | undefined;
    let error: AxiosError | undefined;
    if (timeout) config.timeout = left(); // whatever it waited counts
    try {
      response = await adapter(config);
    } catch (thrown) {
      error = (thrown ?? new Error()) as AxiosError;
      response = error.response;
    }
    if (timeout) config.timeout = timeout;
    const refuse = (code: Parameters<typeof reauthError>[0]) => reauthError(code, error, config, response);
    const answer = error ?? { response };
    const expired = response?.status === 401 && isExpired(answer);
    if (!isReplay) finishProgress?.(expired);

    if (expired && !isReplay) {
      const version = outcome.versionOf(answer) ?? session.version;
      emit?.({ type: 'requestExpired', id: ticket, version });
      // During a refresh the hint is the refresh's to read; a burst of 401s need not read it each.
      if (engine.state.name !== 'refreshing') engine.look();
      await wait({ type: 'expired', ticket, epoch, version }, response);
      // A listener of the renewal may have logged out, or in, before it was this request's turn.
      if (engine.state.epoch !== epoch) throw refuse('ERR_SESSION_CHANGED');
      if (isStream(config.data)) throw refuse('ERR_NOT_REPLAYABLE');
      emit?.({ type: 'requestReplayed', id: ticket });
      continue;
    }
    if (response?.status === 409 && outcome.reasonOf(answer) === 'session_changed') {
      engine.look();
      throw refuse('ERR_SESSION_CHANGED');
    }
    if (response?.status === 401 && !expired && session.id !== null && isFinal(answer))
      engine.refused(epoch, sentVersion, answer);
    if (error) throw error;
    return response as AxiosResponse;
  }
}

/** A stream can be sent once. Sent again it is empty, and the server says 200 to that. */
const isStream = (body?: { pipe?: unknown; getReader?: unknown }) => body?.pipe ?? body?.getReader;
