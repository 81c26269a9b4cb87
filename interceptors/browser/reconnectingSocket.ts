import { SOCKET_CLOSE, SOCKET_IDENTITY } from '../../contract/socket.ts';
import { isReauthError } from '../reauthError.ts';
import type { Reauth } from '../reauthOptions.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A token that lives no longer than this is refreshed before a connection is made. */
const MARGIN_MS = 5000;

/** What a socket ended with. */
export type SocketEnd = Pick<CloseEvent, 'code' | 'reason'>;

/**
 * Reports whether a socket was closed because its token died, or its session ended: 4401 (ours, and an upstream's own),
 * 4403 (as `graphql-ws` closes), 3000 (unauthorized), 1008 (policy violation).
 *
 * @see https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
 */
export const isTokenDead = ({ code }: SocketEnd): boolean => [SOCKET_CLOSE.sessionEnded, 4403, 3000, 1008].includes(code); // prettier-ignore

/** What a client that opens its sockets by itself, such as `graphql-ws`, needs to know of the session. */
export interface SocketSession {
  /**
   * Call it before each connection: refreshes once where the last socket was closed for a dead token, or where the token is
   * known to be dead.
   *
   * @throws {ReauthError} as `reauth.refresh()` does: `ERR_SESSION_ENDED` says that the session is over
   */
  ready(): Promise<void>;
  /** Call it when a socket was opened. */
  opened(): void;
  /** Call it when a socket was closed, with the event. */
  closed(end: SocketEnd): void;
  /** The subprotocols to offer: the client's own, and the one that names the session of this page. */
  protocols(own?: string | readonly string[]): string[];
}

/** Creates what follows the session for sockets that follow one another. */
export function createSocketSession(reauth: Reauth, isDead = isTokenDead): SocketSession {
  /** The version that the last socket was opened with. */
  let version = 0;
  let mayBeDead = false;
  let refusals = 0;

  return {
    async ready() {
      // Another call or tab may have refreshed since: then that socket's token was the old one.
      const isStale = mayBeDead && reauth.session().version === version;
      // Where its life is not known, the server finds out at the handshake.
      const { expiresInMs } = reauth;
      if (isStale || (expiresInMs !== null && expiresInMs <= MARGIN_MS)) await reauth.refresh();
      mayBeDead = false;
      version = reauth.session().version;
    },
    opened() {
      refusals = 0;
    },
    closed(end) {
      // A browser does not tell why a handshake was refused: the second refusal in a row asks for a new token.
      refusals += 1;
      mayBeDead = isDead(end) || refusals > 1;
    },
    protocols(own = []) {
      const { id } = reauth.session();
      return [...[own].flat(), ...(id === null ? [] : [SOCKET_IDENTITY + id])];
    },
  };
}

export interface ReconnectingSocketOptions {
  /** Where to connect, such as `/api/upstream/live`; asked at each connection where it is a function. */
  readonly url: string | (() => string);
  readonly protocols?: string | readonly string[];
  /** Receives each message. */
  onMessage(event: MessageEvent): void;
  /** Receives each socket that was opened: what a connection has to say first. */
  onOpen?(socket: WebSocket): void;
  /** Receives the refusal when the session has ended or changed: there is no further socket then. */
  onEnd?(error: unknown): void;
  /** Reports whether a socket was closed because its token died. Default: {@link isTokenDead}. */
  isTokenDead?(end: SocketEnd): boolean;
}

export interface ReconnectingSocket {
  /** Sends on the socket that is open; answers `false`, and sends nothing, where none is. */
  send(data: string | Blob | BufferSource): boolean;
  /** Closes the socket for good. */
  close(code?: number, reason?: string): void;
}

/**
 * Opens a WebSocket that outlives the access token.
 *
 * When the upstream closes it for a dead token, this one refreshes once and connects again. When the session has ended it
 * stops. Otherwise it connects again after 0.5 s at first and 30 s at most. What was sent is not sent again: `onOpen`
 * subscribes anew.
 */
export function reconnectingSocket(reauth: Reauth, options: ReconnectingSocketOptions): ReconnectingSocket {
  const session = createSocketSession(reauth, options.isTokenDead);
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  let failures = 0;

  const again = () => {
    if (isClosed) return;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS);
    timer = setTimeout(() => void connect(), pauseMs * (0.5 + Math.random() / 2));
  };

  async function connect(): Promise<void> {
    try {
      await session.ready();
    } catch (error) {
      if (!isReauthError(error) || error.code === 'ERR_REFRESH_UNAVAILABLE') return again();
      isClosed = true;
      return options.onEnd?.(error);
    }
    if (isClosed) return;
    const url = typeof options.url === 'function' ? options.url() : options.url;
    const opened = (socket = new WebSocket(url, session.protocols(options.protocols)));
    opened.addEventListener('open', () => {
      failures = 0;
      session.opened();
      options.onOpen?.(opened);
    });
    opened.addEventListener('message', (event) => options.onMessage(event));
    opened.addEventListener('close', (event) => {
      session.closed(event);
      again();
    });
  }
  void connect();

  return {
    send(data) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(data);
      return true;
    },
    close(code, reason) {
      isClosed = true;
      clearTimeout(timer);
      socket?.close(code, reason);
    },
  };
}
