import { isReauthError } from '../reauthError.ts';
import type { Reauth } from '../reauthOptions.ts';
import { refreshFirst } from './refreshFirst.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export interface EventStreamOptions {
  /** Where to connect; it may carry on after the last event that arrived (`''` at first). */
  url(lastEventId: string): string;
  /** Receives each event. */
  onEvent(event: MessageEvent<string>): void;
  /** Which events; default `['message']`. */
  readonly types?: readonly string[];
  /** Receives the refusal when the session has ended or changed: the stream is over then. */
  onEnd?(error: unknown): void;
}

/**
 * Opens an `EventSource` that outlives the access token; returns what closes it.
 *
 * The browser gives up an `EventSource` for good when a reconnection is answered 401. This one refreshes and connects
 * again, after 0.5 s at first and 30 s at most while the server fails.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource
 */
export function openEventStream(
  reauth: Reauth,
  { url, onEvent, types = ['message'], onEnd }: EventStreamOptions,
): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  let lastEventId = '';
  let failures = 0;

  const close = () => {
    isClosed = true;
    clearTimeout(timer);
    source?.close();
  };
  const again = () => {
    if (isClosed) return;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS);
    timer = setTimeout(() => void connect(), pauseMs * (0.5 + Math.random() / 2));
  };
  const receive = (event: MessageEvent<string>) => {
    lastEventId = event.lastEventId;
    onEvent(event);
  };

  async function connect(): Promise<void> {
    try {
      // A stream that was refused twice in a row is asked for with a new token, whatever the old one's known life.
      await (failures > 1 ? reauth.refresh() : refreshFirst(reauth));
    } catch (error) {
      if (!isReauthError(error) || error.code === 'ERR_REFRESH_UNAVAILABLE') return again();
      close();
      return onEnd?.(error);
    }
    if (isClosed) return;
    const opened = (source = new EventSource(url(lastEventId)));
    opened.addEventListener('open', () => void (failures = 0));
    // While it connects by itself it is not closed yet.
    opened.addEventListener('error', () => opened.readyState === EventSource.CLOSED && again());
    for (const type of types) opened.addEventListener(type, receive as EventListener);
  }
  void connect();
  return close;
}
