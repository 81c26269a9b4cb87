import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Headers of one connection, not of the message. @see RFC 9110 §7.6.1 */
const HOP_BY_HOP = [
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer',
  'transfer-encoding', 'upgrade', 'http2-settings',
]; // prettier-ignore

/**
 * Ours, the browser's credentials, what only a trusted proxy may say (`X-Forwarded-*` is set anew), and what makes an
 * upstream serve another path or method than the one that was checked.
 */
const NOT_SENT = new Set([
  ...HOP_BY_HOP, 'host', 'cookie', 'cookie2', 'authorization', 'forwarded', 'x-real-ip', 'via', 'expect', 'origin',
  'referer', 'x-request-id', 'proxy', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'x-cluster-client-ip',
  'x-host', 'x-rewrite-url', 'x-http-method', 'x-http-method-override', 'x-method-override',
]); // prettier-ignore
const NOT_SENT_PREFIXES = ['x-reseal', 'x-forwarded-', 'x-original-', 'sec-fetch-', 'x-middleware-'];

/** What an upstream must not say in our origin's name. */
const NOT_ANSWERED = new Set([
  ...HOP_BY_HOP, 'set-cookie', 'set-cookie2', 'clear-site-data', 'service-worker-allowed', 'strict-transport-security',
  'alt-svc', 'content-security-policy', 'content-security-policy-report-only', 'x-content-type-options', 'cache-control',
  'expires', 'pragma', 'vary', 'no-vary-search', 'x-frame-options', 'cdn-cache-control', 'surrogate-control', 'x-powered-by',
  'server', 'public-key-pins', 'nel', 'report-to', 'reporting-endpoints', 'x-request-id', 'refresh', 'x-sendfile',
  'set-login', 'speculation-rules', 'accept-ch', 'critical-ch', 'origin-agent-cluster', 'use-as-dictionary', 'origin-trial',
  'secure-session-registration', 'sec-session-registration', 'activate-storage-access', 'sourcemap',
]); // prettier-ignore
const NOT_ANSWERED_PREFIXES = [
  'x-reseal', 'access-control-', 'x-accel-', 'x-middleware-', 'x-nextjs-', 'x-vercel-', 'cloudflare-',
]; // prettier-ignore

/** Names that the `Connection` header makes hop-by-hop for this message. @see RFC 9110 §7.6.1 */
function namedHops(connection: string | string[] | undefined): Set<string> {
  return new Set(
    String(connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}

/** The headers that go upstream: the request's own but for what must not, with the bearer and fresh forwarding. */
export function requestHeaders(
  req: IncomingMessage,
  accessToken: string,
  appUrl: URL,
  from: string,
  requestId: string,
): string[] {
  const hops = namedHops(req.headers.connection);
  const headers: string[] = [];
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    // CGI and WSGI tell `X_Forwarded_For` from `X-Forwarded-For` no more than we do.
    const dashed = lower.replaceAll('_', '-');
    const isOurs = NOT_SENT.has(dashed) || NOT_SENT_PREFIXES.some((prefix) => dashed.startsWith(prefix));
    if (!isOurs && !hops.has(lower)) headers.push(name, req.rawHeaders[index + 1] ?? '');
  }
  headers.push(
    'Authorization', `Bearer ${accessToken}`, 'X-Request-Id', requestId, 'X-Forwarded-For', from,
    'X-Forwarded-Proto', appUrl.protocol.slice(0, -1), 'X-Forwarded-Host', appUrl.host,
  ); // prettier-ignore
  return headers;
}

/**
 * The headers of an answer that comes out of the proxy.
 *
 * Nobody's data may be kept for somebody else (`Vary: Cookie`), and uploaded HTML must not run in our origin
 * (`sandbox`). `no-transform` keeps Next from compressing, and so from buffering, what should stream.
 */
export function responseHeaders(
  headers: IncomingHttpHeaders,
  isDocument: boolean,
): Record<string, string | string[]> {
  const hops = namedHops(headers.connection);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isOurs = NOT_ANSWERED.has(name) || NOT_ANSWERED_PREFIXES.some((prefix) => name.startsWith(prefix));
    if (value !== undefined && !isOurs && !hops.has(name)) kept[name] = value;
  }
  const isSecret = /\bno-store\b/i.test(String(headers['cache-control'] ?? ''));
  const upstreamVary = String(headers.vary ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name && name !== '*');
  kept['cache-control'] = isSecret ? 'private, no-store, no-transform' : 'private, no-cache, no-transform';
  kept['vary'] = ['Cookie', 'X-Reseal', ...upstreamVary].join(', ');
  kept['x-content-type-options'] = 'nosniff';
  kept['content-security-policy'] = "sandbox; default-src 'none'";
  // A page of its own would run beside ours: whatever a person navigates to is a download.
  if (isDocument)
    kept['content-disposition'] = String(kept['content-disposition'] ?? '').replace(/^[^;]*/, 'attachment');
  return kept;
}
