import { randomUUID } from 'node:crypto';
import type { Exchange } from './exchange.ts';

/** Keeps a request id that came with the request, if it can stand in a log line; makes one otherwise. */
export function requestIdOf({ headers }: Pick<Exchange, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}
