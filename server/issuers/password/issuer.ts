import { request, type Dispatcher } from 'undici';
import { parseRetryAfter } from '../../../contract/retryAfter.ts';
import type { User } from '../../../contract/user.ts';
import type { Clock } from '../../clock.ts';
import type { TokenPair } from '../../session/record.ts';
import type { CallOptions, LoginAnswer, PasswordIssuer, RefreshAnswer } from '../issuer.ts';
import type { TokenResponse } from '../tokenResponse.ts';
import type { Dialect, DialectCall, Template } from './dialect.ts';
import { claimsOf, matches, readTokens, readUserFrom, valueAt } from './read.ts';

/** What a dialect's `$names` stand for. */
export interface Values {
  readonly username?: string;
  readonly password?: string;
  readonly refreshToken?: string | null;
  readonly accessToken?: string;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly apiKey?: string | undefined;
}

/** What the issuer needs of its surroundings. */
export interface PasswordIssuerParts {
  /** The address that the dialect's paths are below. */
  readonly baseUrl: URL;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Constants of this deployment: client id and secret, API key. */
  readonly values?: Values;
}

type Failure = Exclude<RefreshAnswer, { kind: 'granted' }>;
type Answer = { readonly kind: 'answered'; readonly json: TokenResponse } | Failure;

/**
 * Speaks a dialect with a backend that gives tokens for a username and a password.
 *
 * A first-party login and not OAuth: RFC 10017 rules the password grant out, use OIDC mode where you can.
 */
export function passwordIssuer(dialect: Dialect, parts: PasswordIssuerParts): PasswordIssuer {
  const { clock, values: constants } = parts;
  const call = (what: DialectCall, values: Values, options: CallOptions) =>
    send(parts, dialect, what, { ...constants, ...values }, options);

  async function refresh(refreshToken: string, options: CallOptions): Promise<RefreshAnswer> {
    const answer = await call(dialect.refresh, { refreshToken }, options);
    if (answer.kind !== 'answered') return answer;
    const pair = readTokens(answer.json, dialect.tokens, clock.now(), refreshToken);
    return pair ? { kind: 'granted', pair } : unreadable('a refresh answer without an access_token');
  }

  return {
    refresh,
    login: async ({ username, password }, options): Promise<LoginAnswer> => {
      const answer = await call(dialect.login, { username, password }, options);
      if (answer.kind !== 'answered') return answer;
      const pair = readTokens(answer.json, dialect.tokens, clock.now(), null);
      const user = pair && (await findUser(parts, dialect, answer.json, pair, { username, options }));
      return pair && user
        ? { kind: 'granted', pair, user }
        : unreadable('a login answer without an access_token, or without a user that has an id');
    },
    revoke: async ({ accessToken, refreshToken }, options) => {
      if (refreshToken === null || dialect.logout === null) return;
      let answer = await call(dialect.logout, { accessToken, refreshToken }, options);
      // A logout that wants a living access token gets one: the session often ends after its token expired.
      if (answer.kind === 'refused' && dialect.logout.bearer === 'accessToken') {
        const fresh = await refresh(refreshToken, options);
        if (fresh.kind === 'granted') {
          const { pair } = fresh;
          answer = await call(dialect.logout, { accessToken: pair.accessToken, refreshToken: pair.refreshToken }, options);
        }
      }
      if (answer.kind !== 'answered' && answer.kind !== 'refused') throw answer.cause;
    },
  };
}

function unreadable(what: string): Failure {
  return { kind: 'transient', cause: new Error(`The issuer sent ${what}.`), retryAfterMs: null };
}

/** Looks for the user where the dialect says, in turn. */
async function findUser(
  parts: PasswordIssuerParts,
  dialect: Dialect,
  json: TokenResponse,
  pair: TokenPair,
  { username, options }: { username: string; options: CallOptions },
): Promise<User | null> {
  for (const source of dialect.user) {
    let found: unknown;
    if (source.from === 'answer') found = valueAt(json, source.at ?? '');
    if (source.from === 'claims') found = claimsOf(source.at === undefined ? pair.accessToken : valueAt(json, source.at));
    if (source.from === 'me') found = valueAt(await askMe(parts, dialect, pair, options), source.at ?? '');
    const user = readUserFrom(found, source, username);
    if (user) return user;
  }
  return null;
}

/** `GET me` with the new access token; `null` where the dialect has no such path, or the answer is no JSON object. */
async function askMe(
  parts: PasswordIssuerParts,
  { me, headers }: Dialect,
  { accessToken }: TokenPair,
  options: CallOptions,
): Promise<TokenResponse | null> {
  if (me === undefined) return null;
  const answer = await request(addressOf(parts, me, parts.values ?? {}), {
    method: 'GET',
    dispatcher: parts.dispatcher,
    signal: options.signal,
    headers: {
      ...fillAll(headers, parts.values ?? {}),
      ...tracing(options),
      accept: 'application/json',
      authorization: `Bearer ${accessToken}`,
    },
  }).catch(() => null);
  const text = await answer?.body.text().catch(() => '');
  return answer?.statusCode === 200 ? parseJson(text ?? '') : null;
}

/** Sends one call and sorts its answer. */
async function send(
  parts: PasswordIssuerParts,
  dialect: Dialect,
  what: DialectCall,
  values: Values,
  options: CallOptions,
): Promise<Answer> {
  const { clock, dispatcher } = parts;
  try {
    const answer = await request(addressOf(parts, what.path, values), {
      method: what.method ?? 'POST',
      dispatcher,
      signal: options.signal,
      ...messageOf(dialect, what, values, options),
    });
    const json = parseJson(await answer.body.text());
    const { statusCode: status } = answer;
    if (status >= 200 && status < 300) {
      // RFC 7009 §2.2: a revocation answers 200 with a body of no meaning; 204 has none.
      const isLogout = what === dialect.logout;
      return json || isLogout ? { kind: 'answered', json: json ?? {} } : unreadable(`a ${status} that is no JSON object`);
    }
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], clock.now());
    return sort(dialect, what, { status, json, retryAfterMs });
  } catch (cause) {
    return { kind: 'transient', cause, retryAfterMs: null };
  }
}

/** Sorts an answer that is no 2xx: only what the dialect calls a refusal is one, because any proxy can answer 401. */
function sort(
  { clientRefused = [], throttled = [] }: Dialect,
  { refused }: DialectCall,
  { status, json, retryAfterMs }: { status: number; json: TokenResponse | null; retryAfterMs: number | null },
): Failure {
  const isOneOf = (verdicts: DialectCall['refused']) => verdicts.some((verdict) => matches(verdict, status, json));
  const cause = new Error(`The issuer answered ${status}${hintOf(refused, status)}.`);
  if (isOneOf(throttled)) return { kind: 'transient', cause, retryAfterMs };
  if (isOneOf(refused)) return { kind: 'refused' };
  if (isOneOf(clientRefused)) return { kind: 'misconfigured', cause };
  return { kind: 'transient', cause, retryAfterMs };
}

/** What a refusal would have looked like, for the person who reads the log. */
function hintOf(refused: DialectCall['refused'], status: number): string {
  if (status < 400 || status >= 500 || status === 429 || status === 408) return '';
  const [verdict] = refused;
  if (verdict?.at === undefined) return '';
  const path = typeof verdict.at === 'string' ? verdict.at : verdict.at[0];
  return `, and its body is no refusal: a refusal has ${path}${verdict.is ? `: ${verdict.is[0]}` : ''} in JSON`;
}

/** Headers and body of a call. */
function messageOf(dialect: Dialect, what: DialectCall, values: Values, options: CallOptions) {
  const fields = what.body && filled(what.body, values);
  const isForm = what.encoding === 'form';
  const token = what.bearer && values[what.bearer];
  const headers = {
    ...(fields ? { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' } : {}),
    accept: 'application/json',
    ...fillAll(dialect.headers, values),
    ...fillAll(what.headers, values),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...tracing(options),
  };
  if (!fields) return { headers };
  return { headers, body: isForm ? new URLSearchParams(fields as Record<string, string>).toString() : JSON.stringify(fields) };
}

const tracing = ({ requestId }: CallOptions) => (requestId === undefined ? {} : { 'x-request-id': requestId });

/** Replaces the `$names` of a text; `null` where the text is one `$name` whose value is not known. */
function fill(text: string, values: Values, encode = (value: string) => value): string | null {
  const value = /^\$\w+$/.test(text) ? values[text.slice(1) as keyof Values] : text;
  if (value === undefined || value === null || value === '') return null;
  if (value !== text) return encode(value);
  return text.replace(/\$(apiKey|clientId|clientSecret)\b/g, (_, name: keyof Values) => encode(values[name] ?? ''));
}

function fillAll(headers: Readonly<Record<string, string>> = {}, values: Values): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), fill(value, values)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<string, string>;
}

function filled(template: Template, values: Values): Record<string, unknown> {
  const entries = Object.entries(template).map(([field, value]) => [
    field,
    typeof value === 'string' ? fill(value, values) : typeof value === 'object' ? filled(value, values) : value,
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as Record<string, unknown>;
}

/** The address of a call: absolute, or below the backend's. */
function addressOf({ baseUrl }: PasswordIssuerParts, path: string, values: Values): string {
  const target = fill(path, values, encodeURIComponent) ?? path;
  return /^https?:\/\//.test(target) ? target : baseUrl.href.replace(/\/$/, '') + target;
}

function parseJson(text: string): TokenResponse | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TokenResponse) : null;
  } catch {
    return null;
  }
}
