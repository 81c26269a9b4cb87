import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';

/** Node tells here of every request that its HTTP servers receive; Next hands its own server to nobody. */
export const REQUESTS = 'http.server.request.start';

/** How long a request may take to arrive whole; Node's own five minutes would cut off an upload over a slow line. */
const WHOLE_REQUEST_MS = 3_600_000;

/**
 * Lets uploads last for up to an hour, from the first request on. Heads keep Node's bound of a minute, and the bodies
 * that we read ourselves their own.
 *
 * @returns what stops it
 */
export function letUploadsLast(): () => void {
  const onRequest = (message: unknown) => {
    const { server } = message as { server: Server };
    server.requestTimeout = WHOLE_REQUEST_MS;
  };
  subscribe(REQUESTS, onRequest);
  return () => unsubscribe(REQUESTS, onRequest);
}
