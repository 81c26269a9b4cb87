import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Exchange, Handler } from '../http/exchange.ts';
import { ourError } from '../resealError.ts';
import { exchangeOf, writeReply } from './node.ts';

/** A request as Express and Connect pass it on: with its original address, and perhaps with a body that was read. */
interface FrameworkRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly body?: unknown;
}

/** Answers a request of the contract, and calls `next` for any other; without `next` it answers them all. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/**
 * Makes middleware for Express, Connect, Fastify or a plain node:http server.
 *
 * Cookies that the host app has set stay: Reseal's are added. A body that a parser has read (`express.json()`) is
 * written anew from what the parser made of it; mount Reseal before parsers, so that uploads stream.
 *
 * @param isOurs tells whether a request target belongs to Reseal
 */
export function middleware(handle: Handler, isOurs: (target: string) => boolean): Middleware {
  return async (req, res, next) => {
    const { originalUrl = req.url ?? '' } = req as FrameworkRequest;
    if (next && !isOurs(originalUrl)) return next();
    await writeReply(res, await handle(withReadBody(req, exchangeOf(req, res, originalUrl))));
  };
}

/** Headers that describe the body as it was sent, not as a parser gives it back. */
const OF_THE_SENT_BODY = new Set(['content-length', 'content-encoding', 'transfer-encoding']);

/** The exchange of a request whose body a parser may have read before. */
function withReadBody(req: FrameworkRequest, exchange: Exchange): Exchange {
  if (!req.readableEnded) return exchange;
  const bytes = bytesOf(req);
  if (bytes === null) return { ...exchange, body: lostBody() };
  const length = String(bytes.length);
  const kept = Object.entries(req.headers).filter(([name]) => !OF_THE_SENT_BODY.has(name));
  const rawHeaders = exchange.rawHeaders.filter((_, at, all) => !isOfTheSentBody(all[at - (at % 2)]));
  return {
    ...exchange,
    headers: { ...Object.fromEntries(kept), 'content-length': length },
    rawHeaders: [...rawHeaders, 'Content-Length', length],
    body: Readable.from([bytes]),
    freshBody: () => Readable.from([bytes]),
  };
}

const isOfTheSentBody = (name = '') => OF_THE_SENT_BODY.has(name.toLowerCase());

/** Fails at once: waiting for a body that was read elsewhere would hang the request. */
function lostBody(): Readable {
  const cause = ourError('Another handler read the body before Reseal: mount Reseal before it.');
  return new Readable({ read: () => undefined }).destroy(cause);
}

/** The bytes of a body that a parser has read; `null` where it kept none. */
function bytesOf({ body, headers }: FrameworkRequest): Buffer | null {
  const length = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : NaN;
  if (length === 0) return Buffer.alloc(0);
  if (body === undefined || body === null) return null;
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  const type = String(headers['content-type'] ?? '');
  if (/^application\/x-www-form-urlencoded\b/i.test(type))
    return Buffer.from(new URLSearchParams(body as Record<string, string>).toString());
  return /\bjson\b/i.test(type) ? Buffer.from(JSON.stringify(body)) : null;
}
