import type { IncomingHttpHeaders } from 'node:http';
import type { Exchange } from '../http/exchange.ts';
import type { HeaderLists } from './headerLists.ts';
import type { Requested, RewriteLocation } from './location.ts';

/** Names that the `Connection` header makes hop-by-hop for this message; `null` where it names none. @see RFC 9110 §7.6.1 */
function namedHops(connection: string | string[] | undefined): Set<string> | null {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return null;
  return new Set(
    String(connection)
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}

/** What the proxy writes into a request itself. */
export interface Forwarding {
  /** The bearer token; `null` where none is sent. */
  readonly accessToken: string | null;
  /** Scheme and host of the app. */
  readonly proto: string;
  readonly host: string;
  /** The client's address. */
  readonly from: string;
  readonly requestId: string;
}

/** The headers that go upstream: those of the request that are on the list, the bearer, and fresh forwarding. */
export function requestHeaders(
  { rawHeaders, headers: { connection } }: Pick<Exchange, 'rawHeaders' | 'headers'>,
  allowed: HeaderLists['request'],
  { accessToken, proto, host, from, requestId }: Forwarding,
): string[] {
  const hops = namedHops(connection);
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    if (allowed.has(lower) && !hops?.has(lower)) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  if (accessToken !== null) headers.push('Authorization', `Bearer ${accessToken}`);
  headers.push(
    'X-Request-Id', requestId, 'X-Forwarded-For', from,
    'X-Forwarded-Proto', proto, 'X-Forwarded-Host', host,
  ); // prettier-ignore
  return headers;
}

/** What decides on the headers of an answer besides the answer. */
export interface AnswerRules {
  readonly allowed: HeaderLists['response'];
  readonly rewrite: RewriteLocation;
  readonly requested: Requested;
  /** A person navigated to it. */
  readonly isDocument: boolean;
}

/**
 * The headers of an answer that comes out of the proxy.
 *
 * No cache may keep one person's data for another (`Vary: Cookie`), and uploaded HTML must not run in our origin
 * (`sandbox`). `no-transform` keeps Next from compressing, and so from buffering, what should stream.
 */
export function responseHeaders(
  headers: IncomingHttpHeaders,
  { allowed, rewrite, requested, isDocument }: AnswerRules,
): Record<string, string | string[]> {
  const hops = namedHops(headers.connection);
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !allowed.has(name) || hops?.has(name)) continue;
    const shown =
      name === 'location' || name === 'content-location' ? rewrite(String(value), requested) : value;
    if (shown !== null) kept[name] = shown;
  }
  // An operator may let `Link` through; its addresses are treated alike.
  if (kept['link'] !== undefined)
    kept['link'] = String(kept['link']).replace(
      /<([^>]*)>/g,
      (_, address: string) => `<${rewrite(address, requested) ?? ''}>`,
    );
  const isSecret = /\bno-store\b/i.test(String(headers['cache-control'] ?? ''));
  kept['cache-control'] = isSecret ? 'private, no-store, no-transform' : 'private, no-cache, no-transform';
  kept['vary'] = variesBy(headers.vary);
  kept['x-content-type-options'] = 'nosniff';
  kept['content-security-policy'] = "sandbox; default-src 'none'";
  // nginx would hold an event stream back until its end.
  if (isEventStream(headers)) kept['x-accel-buffering'] = 'no';
  // A page of its own would run beside ours: whatever a person navigates to is a download.
  if (isDocument)
    kept['content-disposition'] = String(kept['content-disposition'] ?? '').replace(/^[^;]*/, 'attachment');
  return kept;
}

function variesBy(upstreamVary: string | undefined): string {
  if (upstreamVary === undefined) return 'Cookie, X-Reseal';
  const names = upstreamVary
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name && name !== '*');
  return ['Cookie', 'X-Reseal', ...names].join(', ');
}

/** Tells whether an answer is an event stream, which stays open for as long as both sides like. */
export function isEventStream({ 'content-type': type }: IncomingHttpHeaders): boolean {
  return type !== undefined && /^\s*text\/event-stream\b/i.test(type);
}
