/**
 * Why a login at a provider failed, as `/login?problem=<code>` says it.
 *
 * Each has its own way on; all of them may simply be tried again but `login_misconfigured`.
 *
 * @see RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6
 */
export const LOGIN_PROBLEMS = {
  login_denied: 'You, or the provider, refused the login. Nothing has changed: log in again when you like.',
  login_required: 'The provider has no session of yours any more. Log in again.',
  interaction_required: 'The provider wants to ask you something first. Log in again, and answer it there.',
  login_expired:
    'This login took too long, or was finished before. Start it again; if it happens each time, allow cookies for this site.',
  login_mismatch:
    'This answer belongs to another login than the one begun last in this browser. Start again.',
  step_up_mismatch:
    'You logged in with another account, or the session that asked for it has ended. Nothing was done.',
  login_failed: 'The provider’s answer did not pass a check, so you are not signed in. Start again.',
  login_too_large: 'The provider’s tokens do not fit into a session. Its operator must make them smaller.',
  provider_unavailable: 'The provider does not answer just now. Wait a moment and try again.',
  login_misconfigured: 'The provider refuses this app. Its operator must fix the configuration.',
} as const;

/** The stable code of a login that failed. */
export type LoginProblem = keyof typeof LOGIN_PROBLEMS;

/** Tells whether `value` is one of these codes. */
export function isLoginProblem(value: unknown): value is LoginProblem {
  return typeof value === 'string' && Object.hasOwn(LOGIN_PROBLEMS, value);
}
