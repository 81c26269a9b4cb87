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
  readonly headers: HeaderEntry[];
}

interface PolicyOptions {
  readonly isDevelopment: boolean;
  /** Lets the one inline script of Next run. */
  readonly nonce?: string;
  /** Where browsers report what the policy refused. */
  readonly reportUri?: string | undefined;
}

export const HSTS_HEADER = 'Strict-Transport-Security';

/** The name of the endpoint in `Reporting-Endpoints` and `report-to`. */
const REPORTING_GROUP = 'csp';

/**
 * Writes the policy of a page: what it may load and who may frame it.
 *
 * Turbopack starts each page with one inline script. It carries a nonce, new for each answer; no other inline script
 * runs. Style attributes come from React (`style={{…}}` in server-rendered markup) and run nothing.
 *
 * @see CSP Level 3, RFC 10017 (malicious JavaScript)
 */
export function pagePolicy({ isDevelopment, nonce, reportUri }: PolicyOptions): string {
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
    // Browsers that know `report-to` ignore `report-uri`.
    ...(reportUri === undefined ? [] : [`report-uri ${reportUri}`, `report-to ${REPORTING_GROUP}`]),
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

/** The value of `Reporting-Endpoints` that goes with a policy. @see W3C Reporting API */
export function reportingEndpoints(reportUri: string): string {
  return `${REPORTING_GROUP}="${reportUri}"`;
}

/**
 * The value of `Strict-Transport-Security` for an answer; `null` where there is none to send: a browser ignores it over http.
 *
 * `next.config.js` cannot add it: Next reads that file's headers at build time, and the setting belongs to the server.
 *
 * @see RFC 6797 §7.2
 */
export function transportSecurity(request: IncomingMessage, hsts: string | null): string | null {
  const { 'x-forwarded-proto': forwarded } = request.headers;
  const isHttps = 'encrypted' in request.socket || /^https(?=,|$)/i.test(String(forwarded ?? ''));
  return isHttps ? hsts : null;
}

/** The security headers of every answer; a route with a stricter policy (the proxy's `sandbox`) sets its own. */
export function securityHeaders(isDevelopment: boolean): HeaderRule[] {
  const policy = (value: string) => ({ key: 'Content-Security-Policy', value });
  return [
    { source: '/:path*', locale: false, headers: [...EVERYWHERE, policy(pagePolicy({ isDevelopment }))] },
    {
      source: '/api/:path*',
      headers: [policy(API_POLICY)],
    },
  ];
}

/** Names and values in turn, as `writeHead` takes them. */
export type FlatHeaders = readonly string[];

/**
 * Makes the same headers for an API that is answered in front of Next, whose configuration does not apply there.
 *
 * They are the same for every request but for `Strict-Transport-Security`.
 *
 * @param isOurs tells whether a request names an origin of this app: the header would bind any other host to https
 */
export function createApiHeaders(
  hsts: string | null,
  isOurs: (request: IncomingMessage) => boolean = () => true,
): (request: IncomingMessage) => FlatHeaders {
  const flat = (entries: readonly HeaderEntry[]): FlatHeaders =>
    entries.flatMap(({ key, value }) => [key, value]);
  const http = [...EVERYWHERE, { key: 'Content-Security-Policy', value: API_POLICY }];
  const always = flat(http);
  const onHttps = hsts === null ? always : flat([...http, { key: HSTS_HEADER, value: hsts }]);
  return (request) => (transportSecurity(request, hsts) !== null && isOurs(request) ? onHttps : always);
}
