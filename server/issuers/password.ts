import { request, type Dispatcher } from 'undici';
import { parseRetryAfter } from '../../contract/retryAfter.ts';
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings/fromEnv.ts';
import type { CallOptions, PasswordIssuer } from './issuer.ts';
import { readTokenPair, readUser, type TokenResponse } from './tokenResponse.ts';

type Failure =
  | { readonly kind: 'refused' }
  | { readonly kind: 'misconfigured'; readonly cause: unknown }
  | { readonly kind: 'transient'; readonly cause: unknown; readonly retryAfterMs: number | null };

type Call = { readonly kind: 'answered'; readonly body: TokenResponse } | Failure;

/**
 * Speaks JSON with an upstream that gives tokens for a username and a password.
 *
 * A first-party login and not OAuth: RFC 10017 rules the password grant out, use OIDC mode where you can.
 */
export function passwordIssuer(
  { upstreamUrl, authPaths }: Pick<Settings, 'upstreamUrl' | 'authPaths'>,
  dispatcher: Dispatcher,
  clock: Clock,
): PasswordIssuer {
  const base = upstreamUrl.href.replace(/\/$/, '');
  const post = (path: string, body: object, options: CallOptions) =>
    call(dispatcher, clock, base + path, body, options);

  return {
    login: async ({ username, password }, options) => {
      const answer = await post(authPaths.login, { username, password }, options);
      if (answer.kind !== 'answered') return answer;
      const pair = readTokenPair(answer.body, clock.now(), null);
      const user = readUser(answer.body['user']);
      return pair && user
        ? { kind: 'granted', pair, user }
        : rubbish('a login answer without an access_token, or without a user that has an id');
    },
    refresh: async (refreshToken, options) => {
      const answer = await post(authPaths.refresh, { refresh_token: refreshToken }, options);
      if (answer.kind !== 'answered') return answer;
      const pair = readTokenPair(answer.body, clock.now(), refreshToken);
      return pair ? { kind: 'granted', pair } : rubbish('a refresh answer without an access_token');
    },
    revoke: async ({ refreshToken }, options) => {
      if (refreshToken === null) return;
      const answer = await post(authPaths.logout, { refresh_token: refreshToken }, options);
      if (answer.kind === 'transient' || answer.kind === 'misconfigured') throw answer.cause;
    },
  };
}

function rubbish(what: string): Failure {
  return { kind: 'transient', cause: new Error(`The issuer sent ${what}.`), retryAfterMs: null };
}

/** One JSON call; whatever is not plainly a refusal of the grant or of this app is transient. */
async function call(
  dispatcher: Dispatcher,
  clock: Clock,
  url: string,
  body: object,
  options: CallOptions,
): Promise<Call> {
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher,
      signal: options.signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(options.requestId === undefined ? {} : { 'x-request-id': options.requestId }),
      },
      body: JSON.stringify(body),
    });
    const json = parseJson(await answer.body.text());
    const { statusCode: status } = answer;
    // RFC 7009 §2.2: a revocation answers 200 with a body of no meaning; 204 has none.
    if (status === 204) return { kind: 'answered', body: {} };
    if (status === 200)
      return json ? { kind: 'answered', body: json } : rubbish('a 200 that is no JSON object');
    const isVerdict = status >= 400 && status < 500 && status !== 429 && status !== 408;
    if (isVerdict && typeof json?.['error'] === 'string') {
      if (json['error'] === 'invalid_grant') return { kind: 'refused' };
      return {
        kind: 'misconfigured',
        cause: new Error(`The issuer answered ${status}, an OAuth error other than invalid_grant.`),
      };
    }
    // Anybody on the way may say 401: only the issuer's own word is believed.
    const hint = isVerdict ? ' without an error: a refusal is {error: invalid_grant} in JSON' : '';
    return {
      kind: 'transient',
      cause: new Error(`The issuer answered ${status}${hint}.`),
      retryAfterMs: parseRetryAfter(answer.headers['retry-after'], clock.now()),
    };
  } catch (cause) {
    return { kind: 'transient', cause, retryAfterMs: null };
  }
}

function parseJson(text: string): TokenResponse | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as TokenResponse)
      : null;
  } catch {
    return null;
  }
}
