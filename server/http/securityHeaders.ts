import type { IncomingMessage } from 'node:http';

/** A header as Next's configuration wants it. */
export interface HeaderEntry {
  readonly key: string;
  readonly value: string;
}

interface HeaderRule {
  readonly source: string;
  /** With `false` the rule is for paths without a language too, such as /_next. */
  readonly locale?: false;
  readonly has?: { readonly type: 'header'; readonly key: string; readonly value: string }[];
  readonly headers: HeaderEntry[];
}

/**
 * What a page may load and who may frame it.
 *
 * Turbopack starts each page with one inline script, so a page has a nonce, made anew for each answer; no inline
 * script runs without it. Style attributes are React's (`style={{…}}` in server-rendered markup): they run nothing.
 *
 * @see CSP Level 3, RFC 10017 (malicious JavaScript)
 */
export function pagePolicy(isDevelopment: boolean, nonce?: string): string {
  const scripts = nonce === undefined ? '' : ` 'nonce-${nonce}'`;
  return [
    "default-src 'self'",
    // Hot reload evaluates code, speaks over a WebSocket and puts styles into the page.
    `script-src 'self'${isDevelopment ? " 'unsafe-eval' 'unsafe-inline'" : scripts}`,
    `connect-src 'self'${isDevelopment ? ' ws: wss:' : ''}`,
    `style-src 'self'${isDevelopment ? " 'unsafe-inline'" : ''}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "object-src 'none'",
    "frame-src 'none'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const EVERYWHERE: HeaderEntry[] = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  // For browsers that do not know frame-ancestors.
  { key: 'X-Frame-Options', value: 'DENY' },
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  { key: 'X-Permitted-Cross-Domain-Policies', value: 'none' },
  {
    key: 'Permissions-Policy',
    value:
      'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=(), hid=(), display-capture=(), browsing-topics=()',
  },
];

const API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
const HSTS: HeaderEntry = { key: 'Strict-Transport-Security', value: 'max-age=63072000' };

/** The security headers of every answer; a route that knows better (the proxy's `sandbox`) sets its own policy. */
export function securityHeaders(isDevelopment: boolean): HeaderRule[] {
  const policy = (value: string) => ({ key: 'Content-Security-Policy', value });
  return [
    { source: '/:path*', locale: false, headers: [...EVERYWHERE, policy(pagePolicy(isDevelopment))] },
    {
      source: '/api/:path*',
      headers: [policy(API_POLICY)],
    },
    {
      // Told by the proxy that ends TLS, and by Next itself where it does: a browser ignores it over http.
      source: '/:path*',
      locale: false,
      has: [{ type: 'header', key: 'x-forwarded-proto', value: 'https' }],
      headers: [HSTS],
    },
  ];
}

/** Names and values in turn, as `writeHead` takes them. */
export type FlatHeaders = readonly string[];

const flat = (entries: readonly HeaderEntry[]): FlatHeaders =>
  entries.flatMap(({ key, value }) => [key, value]);
const OF_API = [...EVERYWHERE, { key: 'Content-Security-Policy', value: API_POLICY }];
const API_HEADERS = { http: flat(OF_API), https: flat([...OF_API, HSTS]) };

/** The same headers for an API that is answered in front of Next, whose configuration does not apply there. */
export function apiHeaders({ headers }: Pick<IncomingMessage, 'headers'>): FlatHeaders {
  return headers['x-forwarded-proto'] === 'https' ? API_HEADERS.https : API_HEADERS.http;
}
