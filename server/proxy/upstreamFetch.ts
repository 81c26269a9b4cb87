import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { NO_IDENTITY, RESEAL_HEADER } from '../../contract/headers.ts';
import { responseOf } from '../adapters/web.ts';
import type { Exchange } from '../http/exchange.ts';
import { refuse } from '../http/router.ts';
import type { Log } from '../ops/log.ts';
import type { Proxy } from './forward.ts';

/** What `upstreamFetch` takes: as `fetch` does, with a body that is held in memory, because it may be sent twice. */
export interface UpstreamInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: string | Uint8Array<ArrayBuffer> | URLSearchParams | FormData | Blob | null;
  readonly signal?: AbortSignal | null;
  /** The id of the session that the call is for; for any other it is answered `session_changed`. */
  readonly sessionId?: string;
}

/** The request of the browser for which the server calls. */
export interface OnBehalfOf {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress?: string | undefined;
}

/** Calls the upstream for the session that a request brings. */
export type UpstreamFetch = (path: string, init: UpstreamInit, request: OnBehalfOf) => Promise<Response>;

/** The browser's headers that say who calls, and under which name of the app; nothing else of its request goes along. */
const CALLER = ['cookie', 'forwarded', 'x-forwarded-for', 'host', 'x-forwarded-host'] as const;

/**
 * Makes what calls the upstream from the server's own code: a server component, an action, `getServerSideProps`.
 *
 * The call passes the proxy, with its limits, lists of headers and errors. An expired token is refreshed, once for all
 * parallel callers and tabs, **without a cookie**: the record leads the browser's older cookie to the new pair, and the
 * page catches up through `POST /api/user`. What fails is answered as the proxy answers it: a problem document, its
 * code in `X-Reseal-Reason`. Only an abort by `init.signal` rejects.
 */
export function createUpstreamFetch(proxy: Proxy, log: Log): UpstreamFetch {
  return async (path, init, request) => {
    const { method = 'GET', signal = null } = init;
    signal?.throwIfAborted();
    const exchange = { ...(await describe(path, init)), remoteAddress: request.remoteAddress };
    for (const name of CALLER)
      if (request.headers[name] !== undefined) exchange.headers[name] = String(request.headers[name]);
    const reply = await proxy(exchange, true).catch((error: unknown) => refuse(error, exchange, log));
    signal?.throwIfAborted();
    return responseOf(reply, method);
  };
}

/** Describes a call of our own code as a request to the proxy. */
async function describe(
  path: string,
  { method = 'GET', headers, body = null, signal, sessionId }: UpstreamInit,
): Promise<Exchange> {
  // Encodes every kind of body, and names its type.
  const encoded = new Response(body);
  const type = encoded.headers.get('content-type');
  const named = new Headers(headers);
  if (type !== null && !named.has('content-type')) named.set('content-type', type);
  const bytes = Buffer.from(await encoded.arrayBuffer());
  if (body !== null) named.set('content-length', String(bytes.length));
  return {
    method: method.toUpperCase(),
    target: `/api/upstream${path}`,
    headers: { ...Object.fromEntries(named), [RESEAL_HEADER.toLowerCase()]: sessionId ?? NO_IDENTITY },
    rawHeaders: [...named].flat(),
    body: Readable.from([]),
    freshBody: () => Readable.from([bytes]),
    remoteAddress: undefined,
    requestId: randomUUID(),
    onClientGone: (listener) => {
      if (signal?.aborted) listener();
      else signal?.addEventListener('abort', listener, { once: true });
    },
  };
}
