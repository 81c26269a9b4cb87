import { request, type Dispatcher } from 'undici';
import { parseRetryAfter } from '../../../contract/retryAfter.ts';
import type { User } from '../../../contract/user.ts';
import type { Clock } from '../../clock.ts';
import { peerAt, tracedCall } from '../../ops/tracing.ts';
import type { TokenPair } from '../../session/record.ts';
import {
  failureOfAnswer,
  IssuerCallError,
  IssuerError,
  nonsense,
  type Endpoint,
  type FailedAnswer,
  type Failure,
} from '../failure.ts';
import type { CallOptions, LoginAnswer, PasswordIssuer, RefreshAnswer } from '../issuer.ts';
import { isRefusal, parseTokenBody } from '../tokenResponse.ts';
import { withClaims, type UserClaim } from '../userClaims.ts';
import type { Dialect, DialectCall, Verdict } from './dialect.ts';
import { claimsOf, matches, readTokens, readUserFrom, valueAt } from './read.ts';
import { headersOf, messageOf, targetOf, type Message, type Target, type Values } from './template.ts';

/** What the issuer needs of its surroundings. */
export interface PasswordIssuerParts {
  /** The address that the dialect's paths are below. */
  readonly baseUrl: URL;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Constants of this deployment: client id and secret, API key. */
  readonly values?: Values;
  /** Further claims that the user is to have. */
  readonly userClaims?: readonly UserClaim[];
}

/** An answer as it came: its status, its body where that is an object, and for how long it asks to wait. */
type Answer = { readonly kind: 'answered' } & FailedAnswer;

/**
 * Speaks a dialect with a backend that gives tokens for a username and a password.
 *
 * A first-party login and not OAuth: RFC 10017 rules the password grant out, use OIDC mode where you can.
 */
export function passwordIssuer(dialect: Dialect, parts: PasswordIssuerParts): PasswordIssuer {
  const { clock } = parts;
  const call = (what: DialectCall, values: Values, options: CallOptions) =>
    send({ ...parts, dialect }, what, { ...parts.values, ...values }, options);

  async function refresh(refreshToken: string, options: CallOptions): Promise<RefreshAnswer> {
    const answer = await call(dialect.refresh, { refreshToken }, options);
    if (answer.kind !== 'answered') return answer;
    const pair = readTokens(answer.body ?? {}, dialect.tokens, clock.now(), refreshToken);
    return pair
      ? { kind: 'granted', pair }
      : withoutTokens(answer, 'a refresh answer without an access_token');
  }

  /** A logout that wants a living access token gets one: the session often ends after its token expired. */
  async function logout(what: DialectCall, pair: TokenPair, options: CallOptions): Promise<Answer | Failure> {
    const answer = await call(what, pair, options);
    if (answer.kind !== 'refused' || what.bearer !== 'accessToken' || pair.refreshToken === null)
      return answer;
    const fresh = await refresh(pair.refreshToken, options);
    return fresh.kind === 'granted' ? call(what, fresh.pair, options) : answer;
  }

  return {
    refresh,
    login: async ({ username, password }, options): Promise<LoginAnswer> => {
      const answer = await call(dialect.login, { username, password }, options);
      if (answer.kind !== 'answered') return answer;
      const pair = readTokens(answer.body ?? {}, dialect.tokens, clock.now(), null);
      const user = pair && (await findUser(parts, dialect, { answer, pair, username }, options));
      return pair && user
        ? { kind: 'granted', pair, user }
        : withoutTokens(answer, 'a login answer without an access_token, or without a user that has an id');
    },
    revoke: async (pair, options) => {
      if (pair.refreshToken === null || dialect.logout === null) return;
      const answer = await logout(dialect.logout, pair, options);
      if (answer.kind !== 'answered' && answer.kind !== 'refused') throw answer.cause;
    },
  };
}

/** Sorts a 2xx without tokens: some backends send their errors with 200. */
function withoutTokens(answer: Answer, what: string): Failure {
  if (answer.body === null) return nonsense(`a ${answer.status} that is no JSON object`);
  return isRefusal(answer.body) ? failureOfAnswer(answer) : nonsense(what);
}

/** Looks for the user where the dialect says, in turn. */
async function findUser(
  parts: PasswordIssuerParts,
  dialect: Dialect,
  { answer, pair, username }: { answer: Answer; pair: TokenPair; username: string },
  options: CallOptions,
): Promise<User | null> {
  for (const source of dialect.user) {
    const { from, at } = source;
    let found: unknown;
    if (from === 'answer') found = valueAt(answer.body, at ?? '');
    if (from === 'claims') found = claimsOf(at === undefined ? pair.accessToken : valueAt(answer.body, at));
    if (from === 'me') found = valueAt(await askMe(parts, dialect, pair, options), at ?? '');
    const user = readUserFrom(found, source, username);
    if (user) return withClaims(user, parts.userClaims ?? [], [found, claimsOf(pair.accessToken)]);
  }
  return null;
}

/** Asks who the new access token is for; `null` without such a path, or when the answer is no JSON object. */
async function askMe(
  { baseUrl, dispatcher, values = {} }: PasswordIssuerParts,
  dialect: Dialect,
  { accessToken }: TokenPair,
  options: CallOptions,
): Promise<unknown> {
  if (dialect.me === undefined) return null;
  const headers = { ...headersOf(dialect, values, options), authorization: `Bearer ${accessToken}` };
  const target = { ...targetOf(dialect.me, baseUrl, values), method: 'GET' as const };
  const answer = await sendTo(target, { dispatcher, signal: options.signal, headers }).catch(() => null);
  const text = await answer?.body.text().catch(() => '');
  return answer?.statusCode === 200 ? parseTokenBody(text ?? '') : null;
}

/** Sends one request, within a span. */
async function sendTo({ method, url, path }: Target, options: RequestOptions) {
  return tracedCall(
    { peer: peerAt('issuer', new URL(url)), method, path },
    (trace) => request(url, { ...options, method, headers: { ...options.headers, ...trace } }),
    ({ statusCode }) => statusCode,
  );
}

interface RequestOptions extends Message {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

/** Sends one call and sorts its answer, unless that is a 2xx. */
async function send(
  { dialect, baseUrl, dispatcher, clock }: PasswordIssuerParts & { readonly dialect: Dialect },
  what: DialectCall,
  values: Values,
  options: CallOptions,
): Promise<Answer | Failure> {
  const endpoint = endpointOf(dialect, what);
  try {
    const message = messageOf(dialect, what, values, options);
    const target = targetOf(what.path, baseUrl, values);
    const given = await sendTo(target, { dispatcher, signal: options.signal, ...message });
    const answer = {
      endpoint,
      status: given.statusCode,
      body: parseTokenBody(await given.body.text()),
      retryAfterMs: parseRetryAfter(given.headers['retry-after'], clock.now()),
      refusal: describe(what.refused),
    };
    return answer.status >= 200 && answer.status < 300
      ? { kind: 'answered', ...answer }
      : sort(dialect, what, answer);
  } catch (cause) {
    return { kind: 'transient', cause: new IssuerCallError(endpoint, cause), retryAfterMs: null };
  }
}

function endpointOf({ login, refresh }: Dialect, what: DialectCall): Endpoint {
  if (what === login) return 'login';
  return what === refresh ? 'refresh' : 'logout';
}

/** Only what the dialect calls a refusal is one, because any proxy on the way can answer 401. */
function sort(
  { clientRefused = [], throttled = [] }: Dialect,
  what: DialectCall,
  answer: FailedAnswer,
): Failure {
  const { status, body, retryAfterMs } = answer;
  const isOneOf = (verdicts: readonly Verdict[]) =>
    verdicts.some((verdict) => matches(verdict, status, body));
  if (isOneOf(throttled)) return { kind: 'throttled', cause: new IssuerError(answer), retryAfterMs };
  if (isOneOf(what.refused)) return { kind: 'refused' };
  if (isOneOf(clientRefused)) return { kind: 'client refused', cause: new IssuerError(answer) };
  return failureOfAnswer(answer);
}

/** What the body of a refusal says, for the person who reads the log. */
function describe([verdict]: readonly Verdict[]): string {
  const at = verdict?.at ?? '';
  const path = typeof at === 'string' ? at : (at[0] ?? '');
  return path === '' ? 'any object' : `{${path}: ${verdict?.is?.[0] ?? '…'}}`;
}
