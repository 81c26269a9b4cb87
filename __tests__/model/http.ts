import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Exchange, Reply } from '../../server/http/exchange.ts';

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly body: string;
}

/** Describes a request of the model as the server's adapters do. */
export function exchangeOf({ method, path, headers, body }: WireRequest): Exchange {
  return {
    method,
    target: path,
    headers: { ...headers, ...(body === '' ? {} : { 'content-length': String(body.length) }) },
    rawHeaders: Object.entries(headers).flat(),
    body: Readable.from(body === '' ? [] : [Buffer.from(body)], { objectMode: false }),
    remoteAddress: '127.0.0.1',
    requestId: headers['x-request-id'] ?? 'request-of-the-model',
    onClientGone: () => undefined,
  };
}

/** Reads a reply whole. */
export async function answerOf({ status, headers, cookies = [], body }: Reply): Promise<WireAnswer> {
  const bytes = body instanceof Readable ? await buffer(body) : Buffer.from(body ?? '');
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return { status, headers: Object.fromEntries(named), setCookies: cookies, body: bytes.toString() };
}
