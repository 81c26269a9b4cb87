/**
 * Request headers that reach the upstream. Everything else stays here: a name that is not on the list may be one by
 * which an upstream trusts its gateway (`Remote-User`, `X-Auth-Request-User`, `Client-Cert`, `X-Tenant-Id`).
 *
 * `Authorization`, `X-Request-Id` and `X-Forwarded-*` are written by the proxy itself.
 */
const REQUEST_HEADERS = [
  // Content negotiation and preferences. RFC 9110 §12, RFC 7240
  'accept', 'accept-charset', 'accept-encoding', 'accept-language', 'accept-datetime', 'accept-version', 'prefer',
  // Conditional and range requests. RFC 9110 §13, §14
  'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'range', 'range-unit',
  // The request body. RFC 9110 §8, RFC 9530
  'content-type', 'content-length', 'content-encoding', 'content-language', 'content-disposition', 'content-range',
  'content-md5', 'content-digest', 'repr-digest', 'digest', 'want-digest', 'want-content-digest', 'want-repr-digest',
  // Caching and priority wishes of the client
  'cache-control', 'pragma', 'priority', 'save-data',
  // Safe repetition
  'idempotency-key', 'last-event-id',
  // What the client is
  'user-agent', 'x-requested-with', 'dnt', 'sec-gpc', 'x-client-info', 'x-client-version',
  // Tracing. W3C Trace Context, B3
  'traceparent', 'tracestate', 'baggage', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled',
  'x-b3-flags', 'sentry-trace', 'x-correlation-id', 'x-datadog-trace-id', 'x-datadog-parent-id',
  'x-datadog-sampling-priority', 'x-datadog-origin',
  // Versions and time zones
  'api-version', 'x-api-version', 'x-timezone', 'x-time-zone', 'odata-version', 'odata-maxversion',
  // Resumable uploads (tus 1.0, the IETF draft)
  'tus-resumable', 'upload-length', 'upload-offset', 'upload-metadata', 'upload-defer-length', 'upload-concat',
  'upload-checksum', 'upload-complete', 'upload-draft-interop-version',
  // GraphQL and PostgREST clients, CSRF tokens of an upstream's own
  'apollo-require-preflight', 'apollographql-client-name', 'apollographql-client-version', 'x-apollo-operation-name',
  'graphql-preflight', 'accept-profile', 'content-profile', 'x-csrf-token', 'x-xsrf-token', 'x-csrftoken',
]; // prettier-ignore

/**
 * Response headers that reach the browser. Everything else stays here: a header may set a cookie, a policy or a
 * preload in the app's origin, or name an internal address (`Link`, `Referrer-Policy`, `SourceMap`, `X-Served-By`).
 *
 * `Location` and `Content-Location` are rewritten; the caching and security headers are the proxy's own.
 */
const RESPONSE_HEADERS = [
  // The body. RFC 9110 §8, RFC 9530
  'content-type', 'content-length', 'content-encoding', 'content-language', 'content-disposition', 'content-range',
  'content-md5', 'content-digest', 'repr-digest', 'digest', 'accept-ranges', 'range-unit', 'content-profile',
  // Redirects, rewritten to /api/upstream
  'location', 'content-location',
  // Validators and age. RFC 9110 §8.8
  'etag', 'last-modified', 'date', 'age',
  // What the client may do next. RFC 9110 §10.2, §11.6
  'allow', 'accept-patch', 'accept-post', 'retry-after', 'www-authenticate', 'preference-applied', 'warning',
  'deprecation', 'sunset', 'idempotency-key', 'idempotent-replayed', 'idempotency-replayed',
  // Limits
  'ratelimit', 'ratelimit-policy', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset',
  'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'x-ratelimit-used', 'x-ratelimit-resource',
  'x-rate-limit-limit', 'x-rate-limit-remaining', 'x-rate-limit-reset',
  // Lists and pages
  'x-total-count', 'x-total', 'x-total-pages', 'x-page', 'x-per-page', 'x-next-page', 'x-prev-page', 'x-count',
  'x-limit', 'x-offset', 'x-next-cursor', 'x-pagination', 'x-has-more',
  // Versions
  'api-version', 'api-supported-versions', 'api-deprecated-versions', 'x-api-version', 'odata-version',
  // Tracing and timing
  'traceparent', 'tracestate', 'traceresponse', 'server-timing', 'x-correlation-id', 'x-trace-id', 'x-response-time',
  'x-runtime',
  // Resumable uploads (tus 1.0, the IETF draft)
  'tus-resumable', 'tus-version', 'tus-extension', 'tus-max-size', 'tus-checksum-algorithm', 'upload-length',
  'upload-offset', 'upload-metadata', 'upload-defer-length', 'upload-concat', 'upload-expires', 'upload-complete',
  'upload-limit', 'upload-draft-interop-version',
]; // prettier-ignore

/** Headers of one connection, not of the message. @see RFC 9110 §7.6.1 */
const HOP_BY_HOP = 'connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy(-.*)?';

/** Written by the proxy, credentials, or able to make an upstream serve another path or method than was checked. */
const NEVER_SENT = new RegExp(
  `^(${HOP_BY_HOP}|host|cookie2?|authorization|forwarded|via|expect|x-request-id|x-forwarded-.*|x-reseal.*|x-original-.*|x-rewrite-url|x-host|x-http-method.*|x-method-override|x-middleware-.*)$`,
);

/** Written by the proxy, or able to change the app's origin, its cookies, caches and policies. */
const NEVER_RETURNED = new RegExp(
  `^(${HOP_BY_HOP}|set-cookie2?|set-login|clear-site-data|service-worker-allowed|strict-transport-security|alt-svc|content-security-policy.*|x-content-type-options|x-frame-options|cache-control|expires|pragma|vary|no-vary-search|x-request-id|x-reseal.*|x-accel-.*|x-sendfile|x-middleware-.*|x-nextjs-.*|access-control-.*|refresh|origin-agent-cluster|nel|report-to|reporting-endpoints)$`,
);

/** Tells whether an operator may add a request header to the list. */
export function mayBeSent(name: string): boolean {
  return !NEVER_SENT.test(name.toLowerCase());
}

/** Tells whether an operator may add a response header to the list. */
export function mayBeReturned(name: string): boolean {
  return !NEVER_RETURNED.test(name.toLowerCase());
}

/** The names that pass the proxy, in lower case. */
export interface HeaderLists {
  readonly request: ReadonlySet<string>;
  readonly response: ReadonlySet<string>;
}

/** Puts the lists together with the names that the settings add. */
export function headerLists(request: readonly string[], response: readonly string[]): HeaderLists {
  const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());
  return {
    request: new Set([...REQUEST_HEADERS, ...lower(request)]),
    response: new Set([...RESPONSE_HEADERS, ...lower(response)]),
  };
}
