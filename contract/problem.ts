/**
 * Every error that the API answers: stable code → HTTP status and a detail that never varies.
 *
 * @see RFC 9457 §3.1 (problem details), RFC 6750 §3.1 (bearer errors)
 */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    detail: 'The request is malformed: send a JSON object with the documented fields.',
  },
  payload_too_large: { status: 413, detail: 'The request body is too large for this route.' },
  unsupported_media_type: { status: 415, detail: 'Send the body as application/json.' },
  invalid_credentials: { status: 401, detail: 'The username or the password is wrong.' },
  no_session: { status: 401, detail: 'There is no session: log in.' },
  session_ended: { status: 401, detail: 'The session has ended: log in again.' },
  token_expired: { status: 401, detail: 'The access token has expired: POST /api/user refreshes it.' },
  login_refused: { status: 403, detail: 'This app does not let this user log in.' },
  csrf_rejected: { status: 403, detail: 'The call lacks the X-Reseal header or comes from another site.' },
  not_found: { status: 404, detail: 'There is nothing at this address.' },
  path_not_allowed: { status: 404, detail: 'The proxy does not forward this path; see UPSTREAM_PATHS.' },
  method_not_allowed: {
    status: 405,
    detail: 'This route does not answer that method; see the Allow header.',
  },
  host_not_allowed: {
    status: 421,
    detail: 'This app is not reached under that host name; see APP_URL and APP_ORIGINS.',
  },
  session_changed: {
    status: 409,
    detail: 'Another session has taken the place of the one this call was made for.',
  },
  too_many_attempts: { status: 429, detail: 'Too many failed logins: wait for Retry-After seconds.' },
  too_many_requests: {
    status: 429,
    detail: 'This session has too many calls open at once: wait for Retry-After seconds.',
  },
  internal_error: { status: 500, detail: 'Something failed on our side; the log has the request id.' },
  misconfigured: {
    status: 500,
    detail: 'The issuer refuses this app: its operator must correct the configuration.',
  },
  session_too_large: {
    status: 500,
    detail: 'The tokens do not fit into the request header that proxies accept.',
  },
  upstream_unreachable: { status: 502, detail: 'The upstream could not be reached or did not speak HTTP.' },
  upstream_refused: {
    status: 502,
    detail: 'The upstream, or the issuer, refuses this app: its operator must correct the configuration.',
  },
  upstream_unavailable: {
    status: 503,
    detail: 'The issuer cannot be reached just now; the session is kept. Try again.',
  },
  overloaded: {
    status: 503,
    detail: 'The server has as many calls open as it can serve: wait for Retry-After seconds.',
  },
  upstream_timeout: { status: 504, detail: 'The upstream did not answer in time.' },
} as const;

/** The stable code of a problem. */
export type ProblemCode = keyof typeof PROBLEMS;

/** A problem document as it travels (`application/problem+json`). */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly requestId?: string;
  /** With `session_ended`, where the person did not end it and should know why. */
  readonly endReason?: ShownEndReason;
}

/**
 * Why a session was ended although its person did not ask for it: `rejected`, the issuer no longer accepts it;
 * `reused`, an old copy of its cookie was used.
 */
export const SHOWN_END_REASONS = ['rejected', 'reused'] as const;
export type ShownEndReason = (typeof SHOWN_END_REASONS)[number];

/** Tells whether `value` is an end reason that a person is shown. */
export function isShownEndReason(value: unknown): value is ShownEndReason {
  return (SHOWN_END_REASONS as readonly unknown[]).includes(value);
}

/** Tells whether `value` is one of our stable codes. */
export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === 'string' && Object.hasOwn(PROBLEMS, value);
}
