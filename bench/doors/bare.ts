import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Agent } from 'undici';

/*
 * What every bare handler does: it forwards a GET to the upstream with a token that it holds, over connections that are
 * kept, and streams the answer. No guard, no session, no rules for headers, no metrics, no abort.
 */

/** Of the length that the tokens of the benchmarks have. */
const BEARER = `Bearer ${'a'.repeat(800)}`;
const agent = new Agent({ connections: null });
const origin = process.env['UPSTREAM_URL'] ?? '';

/** The path at the upstream, whichever route of the host it came by. */
export const upstreamPath = (target: string) => target.replace(/^.*(?=\/notes)/, '');

async function ask(target: string, { host, cookie, connection, ...headers }: IncomingHttpHeaders) {
  const sent = { ...headers, authorization: BEARER };
  const answer = await agent.request({ origin, path: upstreamPath(target), method: 'GET', headers: sent });
  const { connection: hop, 'keep-alive': keep, ...kept } = answer.headers;
  return { status: answer.statusCode, headers: kept, body: answer.body };
}

/** Forwards what node:http, Express or a Pages route got. */
export async function forward(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { status, headers, body } = await askFor(req);
  res.writeHead(status, headers);
  body.pipe(res);
}

/** What the upstream answers to a request of node:http. */
export const askFor = (req: IncomingMessage) => ask(req.url ?? '', req.headers);

/** Forwards a `Request` by undici. */
export async function forwardRequest(request: Request): Promise<Response> {
  const { status, headers, body } = await ask(request.url, Object.fromEntries(request.headers));
  return new Response(Readable.toWeb(body) as ReadableStream as BodyInit, {
    status,
    headers: headers as Record<string, string>,
  });
}

/** Forwards a `Request` by the global `fetch`, as the documentation of such frameworks shows it. */
export async function forwardByFetch(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  for (const name of ['host', 'cookie', 'connection']) headers.delete(name);
  headers.set('authorization', BEARER);
  const { status, headers: received, body } = await fetch(origin + upstreamPath(request.url), { headers });
  const kept = new Headers(received);
  for (const name of ['connection', 'keep-alive']) kept.delete(name);
  return new Response(body, { status, headers: kept });
}
