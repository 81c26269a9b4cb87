import { ourError, ResealError } from '../resealError.ts';

/**
 * Why the issuer gave no tokens. Each kind says how far its effect may reach.
 *
 * | kind | meaning | effect |
 * |---|---|---|
 * | `refused` | `invalid_grant`: the refresh token, or the credentials, are dead or wrong | ends this session |
 * | `rejected` | any other 4xx | this session alone is held off |
 * | `client refused` | the issuer refuses this app, or its metadata contradict our settings | holds off others once two sessions saw it |
 * | `throttled` | 429 | this session is held off; others once several sessions saw it |
 * | `transient` | 5xx, network, timeout, or an answer that makes no sense | as `throttled`: an outage once several sessions saw it |
 */
export type Failure =
  | { readonly kind: 'refused' }
  | { readonly kind: 'rejected'; readonly cause: IssuerError }
  | { readonly kind: 'client refused'; readonly cause: unknown }
  | { readonly kind: 'throttled'; readonly cause: unknown; readonly retryAfterMs: number | null }
  | { readonly kind: 'transient'; readonly cause: unknown; readonly retryAfterMs: number | null };

/** Which of the issuer's addresses was called: for the log, because the addresses themselves may hold secrets. */
export type Endpoint =
  'discovery' | 'jwks' | 'token' | 'userinfo' | 'revocation' | 'login' | 'refresh' | 'logout';

/** What the status and the body of an answer without tokens say. */
export interface FailedAnswer {
  readonly endpoint: Endpoint;
  readonly status: number;
  /** The parsed body; `null` when it is not an object. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** Milliseconds that `Retry-After` asks for; `null` without that header. */
  readonly retryAfterMs: number | null;
  /** What the body of a refusal says, for the message; OAuth's `{error: invalid_grant}` by default. */
  readonly refusal?: string;
}

/**
 * OAuth errors that concern this app and no person: its credentials, or a grant that the provider does not have.
 *
 * @see RFC 6749 §5.2
 */
const CLIENT_ERRORS = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type']);
/** OAuth errors that concern the provider's health only. @see RFC 6749 §4.1.2.1 */
const HEALTH_ERRORS = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);
/** An error word that a log may show: letters only, because a token has digits. */
const ERROR_WORD = /^[A-Za-z][A-Za-z_ ]{0,39}$/;

/** An answer of the issuer without tokens. Its own properties may be logged: no token and no body text. */
export class IssuerError extends ResealError {
  readonly code = 'issuer_answer';
  readonly status: number;
  /** The OAuth `error` word of the answer, if it sent one. */
  readonly oauthError?: string;
  readonly endpoint: Endpoint;

  constructor({ endpoint, status, body, refusal }: Omit<FailedAnswer, 'retryAfterMs'>) {
    const word = body?.['error'];
    const known = typeof word === 'string' && ERROR_WORD.test(word) ? word : undefined;
    super('IssuerError', messageOf(status, known, refusal));
    this.status = status;
    this.endpoint = endpoint;
    if (known !== undefined) this.oauthError = known;
  }
}

/** A call of the issuer that brought no answer, or one that the endpoint must not give; the cause says which. */
export class IssuerCallError extends ResealError {
  readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint, cause: unknown) {
    super('IssuerCallError', `The call of the issuer's ${endpoint} endpoint failed.`, { cause });
    this.endpoint = endpoint;
  }
}

function messageOf(status: number, word: string | undefined, refusal = '{error: invalid_grant}'): string {
  if (status >= 400 && status < 500 && status !== 429 && status !== 408) {
    const said = word === undefined ? 'without an OAuth error' : `with the error ${word}`;
    return `The issuer answered ${status} ${said}; a refusal is ${refusal} in JSON.`;
  }
  return word === undefined
    ? `The issuer answered ${status}.`
    : `The issuer answered ${status} with the error ${word}.`;
}

/**
 * Sorts an answer without tokens by its status and its `error` word; no other part of the body counts.
 *
 * A 2xx with an `error` word is sorted as a 4xx: some issuers send no other status.
 *
 * @see RFC 6749 §5.2, RFC 6585 §4 (429)
 */
export function failureOfAnswer(answer: FailedAnswer): Failure {
  const { status, body, retryAfterMs } = answer;
  const cause = new IssuerError(answer);
  const word = typeof body?.['error'] === 'string' ? body['error'] : '';
  if (status === 429) return { kind: 'throttled', cause, retryAfterMs };
  const isVerdict =
    (status >= 400 && status < 500 && status !== 408 && status !== 425) ||
    (status >= 200 && status < 300 && word !== '');
  if (!isVerdict || HEALTH_ERRORS.has(word)) return { kind: 'transient', cause, retryAfterMs };
  if (word === 'invalid_grant') return { kind: 'refused' };
  return CLIENT_ERRORS.has(word) ? { kind: 'client refused', cause } : { kind: 'rejected', cause };
}

/** An answer that makes no sense: it says nothing about the token, nor about this app. */
export function nonsense(what: string): Failure {
  return { kind: 'transient', cause: ourError(`The issuer sent ${what}.`), retryAfterMs: null };
}
