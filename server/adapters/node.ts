import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Exchange, Handler, Reply } from '../http/exchange.ts';

/** Answers one request of a node:http server. */
export type NodeListener = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** Makes a listener for a node:http server, or any framework that hands on its request and response. */
export function nodeListener(handle: Handler): NodeListener {
  return async (req, res) => writeReply(res, await handle(exchangeOf(req, res)));
}

/** Describes a node:http request as an exchange; `target` is its path and query as the client sent them. */
export function exchangeOf(req: IncomingMessage, res: ServerResponse, target = req.url ?? ''): Exchange {
  return {
    method: req.method ?? '',
    target,
    headers: req.headers,
    rawHeaders: req.rawHeaders,
    body: req,
    remoteAddress: req.socket.remoteAddress,
    requestId: requestIdOf(req),
    onClientGone: (listener) => {
      if (res.closed) listener();
      else
        res.once('close', () => {
          if (!res.writableFinished) listener();
        });
    },
  };
}

/** Keeps a request id that came with the request, if it can stand in a log line. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}

/** Writes a reply; resolves once the client has it, or has gone. */
export async function writeReply(res: ServerResponse, reply: Reply): Promise<void> {
  const { status, headers, cookies = [], body } = reply;
  if (res.closed) return discard(body);
  for (const cookie of cookies) res.appendHeader('Set-Cookie', cookie);
  res.writeHead(status, headers as Record<string, string | string[]>);
  if (body === null || typeof body === 'string') return void res.end(body ?? undefined);
  // Headers that come alone are sent on alone; with a body right behind them both leave in one write. Not by
  // flushHeaders(), which writes them as UTF-8: a file name in other bytes would come out garbled.
  setImmediate(() => {
    if (!res.writableEnded && !res.destroyed) res.write(Buffer.alloc(0));
  });
  await pipeBody(body, res);
}

function discard(body: Reply['body']): void {
  if (body !== null && typeof body !== 'string') body.on('error', () => undefined).destroy();
}

/**
 * Sends a stream until the client has all of it, or has gone, which ends the stream. A stream that breaks off cuts the
 * connection: half an answer must not pass for the whole.
 *
 * Not by `pipeline`, which makes an abort error with its stack for every answer that ends well.
 */
function pipeBody(body: Readable, res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      body.destroy();
      resolve();
    };
    body.on('error', () => undefined);
    body.once('close', () => void (body.readableEnded || res.destroy()));
    res.on('error', () => undefined);
    res.once('close', over);
    body.pipe(res);
  });
}
