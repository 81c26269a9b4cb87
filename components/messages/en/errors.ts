import type { ApiError, ApiErrorCode } from '../../../store/apiError.ts';
import type { SignedOutReason } from '../../../store/authState.ts';

/** What a person reads for each code; a code that is missing here does not compile. */
const sentences: Record<ApiErrorCode, string> = {
  ERR_SESSION_ENDED: 'Your session has ended. Log in again to go on.',
  ERR_REFRESH_UNAVAILABLE:
    'We could not reach the server that keeps you signed in. You are still signed in: try again.',
  ERR_SESSION_CHANGED: 'Another person is signed in here now, so this was not sent.',
  ERR_QUEUE_FULL: 'Too much is waiting at once. Try again in a moment.',
  ERR_NOT_REPLAYABLE: 'This could not be sent a second time. Try again.',
  invalid_request: 'The server did not understand this. Check what you entered.',
  payload_too_large: 'This is too large to be sent.',
  unsupported_media_type: 'The server does not take this kind of content.',
  invalid_credentials: 'The username or the password is wrong.',
  login_refused: 'This app does not let this account log in.',
  no_session: 'You are not signed in.',
  session_ended: 'Your session has ended. Log in again to go on.',
  token_expired: 'Your access expired while this was on its way. Try again.',
  csrf_rejected: 'The server refused this call because it seemed to come from another site.',
  not_found: 'There is nothing at this address.',
  host_not_allowed: 'This app is not served under this address. Open it under its usual one.',
  path_not_allowed: 'This path is not open through this app.',
  method_not_allowed: 'This cannot be done at this address.',
  session_changed: 'Another person is signed in here now, so this was not done.',
  too_many_attempts: 'Too many failed attempts.',
  internal_error: 'Something failed on our side. Try again.',
  misconfigured: 'This app is not set up correctly. Its operator has to fix it.',
  session_too_large: 'Your session does not fit into a cookie. Its operator has to fix this.',
  too_many_requests: 'Too many requests are open at once. Try again in a moment.',
  overloaded: 'The service is very busy. Try again in a moment.',
  upstream_unreachable: 'The service behind this app cannot be reached. Try again in a moment.',
  upstream_refused: 'The service behind this app does not accept it. Tell the operator.',
  upstream_unavailable: 'The sign-in service cannot be reached just now. Try again in a moment.',
  upstream_timeout: 'The service behind this app did not answer in time. Try again.',
  aborted: 'Cancelled.',
  changed_elsewhere: 'This was changed elsewhere since you opened it. Compare, then save again.',
  forbidden: 'You may not do this.',
  upstream_failed: 'The service behind this app failed. Try again.',
  network: 'No connection. Check your network and try again.',
  step_up_declined: 'This needs a login that has just been made, so nothing was done.',
  timeout: 'There was no answer in time. Try again.',
  unexpected: 'Something unexpected happened. Try again.',
};

export const errors = {
  /** The sentence of an error, with how long to wait where the server said so. */
  sentence: ({ code, retryAfterSeconds }: ApiError): string =>
    retryAfterSeconds === undefined
      ? sentences[code]
      : `${sentences[code].replace(/ Try again( in a moment)?\.$/, '')} Wait ${wait(retryAfterSeconds)}, then try again.`,
  requestId: (id: string) => `Request ID: ${id}`,
  retry: 'Try again',
};

function wait(seconds: number): string {
  if (seconds < 60) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  const minutes = Math.ceil(seconds / 60);
  return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
}

/** Why the login page is shown; `null` where that needs no words. */
export const reasons: Record<SignedOutReason, string | null> = {
  anonymous: null,
  login_refused: null,
  logged_out: 'You are logged out.',
  logged_out_elsewhere: 'You were logged out in another tab or on another device.',
  session_ended: 'Your session has ended. Log in again: what you were typing is kept.',
  session_rejected:
    'The sign-in service no longer accepts your session. Log in again: what you were typing is kept.',
  session_reused:
    'An old copy of your login was used, so this session was ended to protect you. Log in again. If you did not restore a browser from a backup, change your password.',
  unreachable: 'We could not ask whether you are signed in. You can log in here.',
};
