import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Exchange, Handler, Reply } from '../http/exchange.ts';
import { requestIdOf } from '../http/requestId.ts';
import type { FlatHeaders } from '../http/securityHeaders.ts';

/** Answers one request of a node:http server. */
export type NodeListener = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/**
 * Makes a listener for a node:http server, or any framework that hands on its request and response.
 *
 * @param headersFor headers of a server that is ours alone, in turn names and values; those of the reply count instead
 *   where both name one
 */
export function nodeListener(
  handle: Handler,
  headersFor: ((req: IncomingMessage) => FlatHeaders) | null = null,
): NodeListener {
  return async (req, res) => writeReply(res, await handle(exchangeOf(req, res)), headersFor?.(req));
}

/** Describes a node:http request as an exchange; `target` is its path and query as the client sent them. */
export function exchangeOf(req: IncomingMessage, res: ServerResponse, target = req.url ?? ''): Exchange {
  return describe(req, target, (listener) => {
    if (res.closed) listener();
    else
      res.once('close', () => {
        if (!res.writableFinished) listener();
      });
  });
}

/** Describes a node:http request that is answered in whichever way tells of a client that has gone. */
export function describe(
  req: IncomingMessage,
  target: string,
  onClientGone: Exchange['onClientGone'],
): Exchange {
  return {
    method: req.method ?? '',
    target,
    headers: req.headers,
    rawHeaders: req.rawHeaders,
    body: req,
    remoteAddress: req.socket.remoteAddress,
    requestId: requestIdOf(req),
    onClientGone,
  };
}

/**
 * Writes a reply; resolves once the client has it, or has gone.
 *
 * @param own headers of a server that is ours alone; `undefined` where a framework handles the response too
 */
export async function writeReply(res: ServerResponse, reply: Reply, own?: FlatHeaders): Promise<void> {
  const { status, headers, cookies = [], body } = reply;
  if (res.closed) return discard(body);
  for (const cookie of cookies) res.appendHeader('Set-Cookie', cookie);
  const isStream = body !== null && typeof body !== 'string';
  const sized = isStream || status === 204 || status === 304 ? headers : withLength(headers, body);
  // A flat list is what Node takes as it is; wrappers such as compression middleware take an object only.
  res.writeHead(status, own ? flatten(sized, own) : (sized as Record<string, string | string[]>));
  if (isStream) return sendBody(body, res);
  res.end(body ?? undefined);
}

function withLength(headers: Reply['headers'], body: string | null): Reply['headers'] {
  return { ...headers, 'Content-Length': `${Buffer.byteLength(body ?? '')}` };
}

/** Puts the headers of a reply behind those of the host, in the form that `writeHead` takes as it is. */
function flatten(headers: Reply['headers'], host: FlatHeaders): string[] {
  const flat: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') flat.push(name, value);
    else for (const one of value ?? []) flat.push(name, one);
  }
  for (let index = 0; index < host.length; index += 2) {
    const name = host[index] ?? '';
    if (headers[name] === undefined && headers[name.toLowerCase()] === undefined)
      flat.push(name, host[index + 1] ?? '');
  }
  return flat;
}

function discard(body: Reply['body']): void {
  if (body !== null && typeof body !== 'string') body.on('error', () => undefined).destroy();
}

/**
 * Sends a stream until the client has all of it, or has gone, which ends the stream. A stream that breaks off cuts the
 * connection: half an answer must not pass for the whole.
 *
 * By hand: `pipeline` makes an abort error with its stack for every answer that ends well, and `pipe` registers
 * eight listeners where four suffice.
 */
function sendBody(body: Readable, res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    let isBegun = false;
    const end = () => {
      isBegun = true;
      res.end();
    };
    body.on('data', (chunk: Buffer) => {
      isBegun = true;
      if (!res.write(chunk)) {
        body.pause();
        res.once('drain', () => body.resume());
      }
    });
    body.once('end', end);
    body.on('error', ignore);
    body.once('close', () => void (body.readableEnded || res.destroy()));
    res.on('error', ignore);
    res.once('close', () => {
      body.destroy();
      resolve();
    });
    // Headers that come alone are sent on alone; with a body right behind them both leave in one write. Not by
    // flushHeaders(), which writes them as UTF-8: a file name in other bytes would come out garbled.
    setImmediate(() => {
      if (!isBegun && !res.destroyed) res.write(NOTHING);
    });
  });
}

const ignore = () => undefined;
const NOTHING = Buffer.alloc(0);
