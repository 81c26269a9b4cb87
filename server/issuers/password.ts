import { request, type Dispatcher } from 'undici';
import { parseRetryAfter } from '../../contract/retryAfter.ts';
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings/fromEnv.ts';
import { failureOfAnswer, nonsense, type Failure } from './failure.ts';
import type { CallOptions, PasswordIssuer } from './issuer.ts';
import { isRefusal, parseTokenBody, readTokenPair, readUser, type TokenResponse } from './tokenResponse.ts';

/** Any 2xx; `body` is `null` when it is no object, and `status` serves the message about that. */
type Call =
  { readonly kind: 'answered'; readonly status: number; readonly body: TokenResponse | null } | Failure;

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
    call({ dispatcher, clock, url: base + path }, body, options);

  return {
    login: async ({ username, password }, options) => {
      const answer = await post(authPaths.login, { username, password }, options);
      if (answer.kind !== 'answered') return answer;
      if (!answer.body) return notJson(answer.status);
      const pair = readTokenPair(answer.body, clock.now(), null);
      const user = readUser(answer.body['user']);
      return pair && user
        ? { kind: 'granted', pair, user }
        : nonsense('a login answer without an access_token, or without a user that has an id');
    },
    refresh: async (refreshToken, options) => {
      const answer = await post(authPaths.refresh, { refresh_token: refreshToken }, options);
      if (answer.kind !== 'answered') return answer;
      if (!answer.body) return notJson(answer.status);
      const pair = readTokenPair(answer.body, clock.now(), refreshToken);
      return pair ? { kind: 'granted', pair } : nonsense('a refresh answer without an access_token');
    },
    revoke: async ({ refreshToken }, options) => {
      if (refreshToken === null) return;
      const answer = await post(authPaths.logout, { refresh_token: refreshToken }, options);
      if (answer.kind !== 'answered' && answer.kind !== 'refused') throw answer.cause;
    },
  };
}

interface Target {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly url: string;
}

const notJson = (status: number) => nonsense(`a ${status} that is no JSON object`);

/** One JSON call. The caller judges the body of a 2xx: that of a revocation has no meaning (RFC 7009 §2.2). */
async function call({ dispatcher, clock, url }: Target, body: object, options: CallOptions): Promise<Call> {
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
    const { statusCode: status } = answer;
    const text = await answer.body.text();
    const parsed = parseTokenBody(text);
    if (status >= 200 && status < 300 && !isRefusal(parsed))
      return { kind: 'answered', status, body: parsed };
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], clock.now());
    return failureOfAnswer({ status, body: parsed, retryAfterMs });
  } catch (cause) {
    return { kind: 'transient', cause, retryAfterMs: null };
  }
}
