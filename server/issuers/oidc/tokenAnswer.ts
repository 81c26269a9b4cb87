import { kindOf, ResealError } from '../../resealError.ts';
import type { Clock } from '../../clock.ts';
import { failureOfAnswer, type Failure } from '../failure.ts';
import { parseRetryAfter } from '../../../contract/retryAfter.ts';
import { isRefusal, parseTokenBody, type TokenResponse } from '../tokenResponse.ts';

/** Entra: the user or an administrator has not consented to use the app with this resource. */
const AADSTS_NO_CONSENT = 65001;

/** Carries a sorted answer of the token endpoint through the library, which wraps what it does not know. */
export class TokenEndpointFailure extends ResealError {
  readonly code = 'token_endpoint';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(
      'TokenEndpointFailure',
      'The token endpoint gave no tokens.',
      'cause' in failure ? { cause: failure.cause } : undefined,
    );
    this.failure = failure;
  }
}

/** Tells whether an error carries an answer of the token endpoint. */
export const isTokenEndpointFailure = (error: unknown): error is TokenEndpointFailure =>
  kindOf(error) === 'TokenEndpointFailure';

/**
 * Reads a token endpoint's answer before the library does, which rejects a whole answer for one odd field.
 *
 * The provider has rotated by then, and the answer may be the only copy of the new refresh token. So any 2xx with an
 * access token becomes what the library accepts. The ID token of a refresh is dropped unread: the refresh knows no
 * person that its subject could be compared with.
 *
 * @throws {TokenEndpointFailure} when the answer carries no tokens but a status or an error word
 * @see RFC 6749 §5.1, OpenID Connect Core §12.2
 */
export async function normaliseTokenAnswer(
  answer: Response,
  body: unknown,
  clock: Clock,
  refusedBy: readonly string[] = [],
): Promise<Response> {
  if (!(body instanceof URLSearchParams)) return answer;
  const grant = body.get('grant_type');
  if (grant === null) return answer;
  const text = await answer.text();
  const parsed = parseTokenBody(text);
  const { status, headers } = answer;
  if (status < 200 || status >= 300 || isRefusal(parsed)) {
    const retryAfterMs = parseRetryAfter(headers.get('retry-after') ?? undefined, clock.now());
    const isDead = grant === 'refresh_token' && isRefusedBy(refusedBy, status, parsed);
    if (isDead) throw new TokenEndpointFailure({ kind: 'refused' });
    const isConsent = grant === 'refresh_token' && body.has('scope') && lacksConsent(parsed);
    const said = isConsent ? { ...parsed, error: 'consent_required' } : parsed;
    throw new TokenEndpointFailure(failureOfAnswer({ endpoint: 'token', status, body: said, retryAfterMs }));
  }
  const accepted = parsed === null ? text : JSON.stringify(acceptable(parsed, grant));
  return new Response(accepted, { status: 200, headers: { 'content-type': 'application/json' } });
}

/** Whether the settings count this answer as a dead refresh token: by its error word, or by its status without one. */
function isRefusedBy(refusedBy: readonly string[], status: number, body: TokenResponse | null): boolean {
  const word = typeof body?.['error'] === 'string' ? body['error'] : '';
  return status >= 400 && status < 500 && refusedBy.includes(word === '' ? String(status) : word);
}

/**
 * Whether Entra says that no one has consented to this scope. It calls that `invalid_grant`; the refresh token is good for
 * other scopes.
 */
function lacksConsent(body: TokenResponse | null): boolean {
  const { suberror, error_codes: codes } = body ?? {};
  return suberror === 'consent_required' || (Array.isArray(codes) && codes.includes(AADSTS_NO_CONSENT));
}

/** Keeps the fields that we read, each only in the form that the library accepts. */
function acceptable(given: TokenResponse, grant: string): TokenResponse {
  const { access_token, refresh_token, id_token, expires_in } = given;
  const seconds = Number.parseFloat(String(expires_in));
  return {
    access_token,
    token_type: 'bearer',
    ...(typeof refresh_token === 'string' && refresh_token !== '' ? { refresh_token } : {}),
    ...(Number.isFinite(seconds) && seconds >= 0 ? { expires_in: seconds } : {}),
    ...(grant === 'refresh_token' || id_token === undefined ? {} : { id_token }),
  };
}
