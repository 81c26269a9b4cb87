import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Exchange, Handler, Reply } from '../http/exchange.ts';
import { requestIdOf } from '../http/requestId.ts';

/** What a host may know of a request that a `Request` does not say. */
export interface RequestInfo {
  /** The address of the peer of the connection. */
  readonly remoteAddress?: string | undefined;
}

/** Answers a request of the Fetch API. */
export type FetchHandler = (request: Request, info?: RequestInfo) => Promise<Response>;

/** Makes what answers `Request` with `Response`, for hosts such as Hono, and for tests. @see Fetch Standard */
export function fetchHandler(handle: Handler): FetchHandler {
  return async (request, info = {}) => responseOf(await handle(exchangeOf(request, info)), request.method);
}

function exchangeOf(request: Request, { remoteAddress }: RequestInfo): Exchange {
  const { pathname, search, host } = new URL(request.url);
  const headers: IncomingHttpHeaders = { host };
  const rawHeaders: string[] = [];
  for (const [name, value] of request.headers) {
    headers[name] = value;
    rawHeaders.push(name, value);
  }
  // Not asked for where there is none: hosts such as Hono's make a whole `Request` of their own to answer that.
  const body = BODILESS.has(request.method) ? null : (request.body as ReadableStream | null);
  if (body !== null) headers['transfer-encoding'] ??= 'chunked';
  return {
    method: request.method,
    target: pathname + search,
    headers,
    rawHeaders,
    body: body ? Readable.fromWeb(body) : Readable.from([]),
    remoteAddress,
    requestId: requestIdOf({ headers }),
    onClientGone: (listener) => {
      if (request.signal.aborted) listener();
      else request.signal.addEventListener('abort', listener, { once: true });
    },
  };
}

/** Methods whose `Request` cannot have a body. @see Fetch Standard, the constructor of `Request` */
const BODILESS = new Set(['GET', 'HEAD']);

/** Statuses whose responses have no body. @see Fetch Standard, null body status */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);
/** The least and the greatest status that a `Response` may have. */
const [LEAST, GREATEST] = [200, 599];

/** Makes a response of the Fetch API. */
export function responseOf({ status, headers, cookies = [], body }: Reply, method: string): Response {
  const isEmpty = body === null || WITHOUT_BODY.has(status) || method === 'HEAD';
  if (isEmpty && body instanceof Readable) body.on('error', () => undefined).destroy();
  const content = isEmpty ? null : body instanceof Readable ? streamOf(body) : body;
  return new Response(content, {
    status: Math.min(Math.max(status, LEAST), GREATEST),
    headers: headersInit(headers, cookies),
  });
}

/** Headers as `Response` takes them; a record as it is where each name has one value, which most hosts send on unread. */
function headersInit(headers: Reply['headers'], cookies: readonly string[]): HeadersInit {
  if (cookies.length === 0 && Object.values(headers).every((value) => typeof value === 'string'))
    return headers as Record<string, string>;
  const named = new Headers();
  for (const name in headers) for (const value of [headers[name] ?? []].flat()) named.append(name, value);
  for (const cookie of cookies) named.append('Set-Cookie', cookie);
  return named;
}

/** A reader that falls behind pauses the source; a source that breaks off fails the reader. */
const streamOf = (body: Readable) =>
  Readable.toWeb(body, { strategy: { highWaterMark: 1 } }) as globalThis.ReadableStream;
