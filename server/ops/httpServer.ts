import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';

/** Node tells here of every request that its HTTP servers receive; Next hands its own server to nobody. */
export const REQUESTS = 'http.server.request.start';

/** How long a request may take to arrive whole; Node's own five minutes would cut off an upload over a slow line. */
const WHOLE_REQUEST_MS = 3_600_000;

/**
 * Tends the HTTP server that Next makes, from the first request on.
 *
 * Uploads may last for up to an hour; heads keep Node's bound of a minute, and the bodies that we read ourselves their
 * own. The target `*`, of which Next makes an error of the server, becomes a path that is not there.
 *
 * @returns what stops it
 * @see RFC 9112 §3.2.4
 */
export function tendHttpServer(): () => void {
  const onRequest = (message: unknown) => {
    const { server, request } = message as { server: Server; request: IncomingMessage };
    server.requestTimeout = WHOLE_REQUEST_MS;
    if (request.url === '*') request.url = '/*';
  };
  subscribe(REQUESTS, onRequest);
  return () => unsubscribe(REQUESTS, onRequest);
}
