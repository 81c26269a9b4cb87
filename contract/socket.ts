/** Close codes of a WebSocket that the proxy ends. @see RFC 6455 §7.4 */
export const SOCKET_CLOSE = {
  /** The session has ended, on any instance. */
  sessionEnded: 4401,
  /** The server stops; another one may serve. @see IANA WebSocket Close Code Number Registry */
  restart: 1012,
} as const;

/**
 * What a subprotocol begins with that names the session the caller believes it acts for: a browser can set no header on
 * a handshake. It stays at the proxy.
 */
export const SOCKET_IDENTITY = 'reseal.session.';
