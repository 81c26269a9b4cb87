import { PassThrough, type Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Exchange } from '../http/exchange.ts';

/** Tells whether a request has a body. @see RFC 9112 §6 */
export function hasBody({ headers }: Pick<Exchange, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Wraps a request's body so that it can be let go of: undici destroys the body of a request that is answered early, and
 * destroying the incoming body itself would cut the browser off before it has read its 401.
 */
export function detachable(incoming: Readable): PassThrough {
  const body = new PassThrough();
  body.once('close', () => {
    incoming.unpipe(body);
    incoming.resume();
  });
  body.on('error', () => undefined);
  return incoming.pipe(body);
}

export interface WaitLimit {
  readonly clock: Clock;
  readonly ms: number;
  readonly onLate: () => void;
}

/**
 * Calls `onLate` when the upstream has not begun to answer `ms` after it had the whole request. An upload takes as
 * long as its client takes; only an upstream that takes no more of it is late in the middle.
 *
 * @param incoming the request's body; `null` where it has none
 * @returns what ends the waiting
 */
export function limitWait(incoming: Readable | null, { clock, ms, onLate }: WaitLimit): () => void {
  let timer: unknown;
  const isUploading = () => incoming !== null && !incoming.readableEnded && !incoming.isPaused();
  const start = () => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(() => (isUploading() ? start() : onLate()), ms);
  };
  start();
  incoming?.once('end', start);
  return () => {
    incoming?.removeListener('end', start);
    clock.clearTimeout(timer);
  };
}
