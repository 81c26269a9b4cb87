import type { User } from '../../contract/user.ts';
import type { TokenPair } from '../session/record.ts';
import type { Failure } from './failure.ts';

/** How a call to the issuer may be bounded and traced. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Travels as `X-Request-Id`. */
  readonly requestId?: string | undefined;
}

/** What a refresh asks for besides: `resource` and `scope` where the access token is for a resource. */
export interface RefreshOptions extends CallOptions {
  readonly params?: Readonly<Record<string, string>> | undefined;
}

/** The answer to a refresh; `refused` says that the refresh token is dead. */
export type RefreshAnswer = { readonly kind: 'granted'; readonly pair: TokenPair } | Failure;

/** The answer to a login; `refused` says that the credentials are wrong. */
export type LoginAnswer =
  | { readonly kind: 'granted'; readonly pair: TokenPair; readonly user: User; readonly sid?: string }
  | Failure;

/** The backend that issues tokens. A custom backend is one file that implements this. */
export interface Issuer {
  /** Exchanges a refresh token for a new pair; answers, never rejects. `params` are sent in OIDC mode only. */
  refresh(refreshToken: string, options: RefreshOptions): Promise<RefreshAnswer>;
  /** Revokes a pair's refresh token; rejects when the issuer did not confirm it. @see RFC 7009 */
  revoke(pair: TokenPair, options: CallOptions): Promise<void>;
}

/** An issuer that takes a person's own credentials: a first-party login, not OAuth. */
export interface PasswordIssuer extends Issuer {
  login(credentials: { username: string; password: string }, options: CallOptions): Promise<LoginAnswer>;
}

/** An issuer that gives this app a token of its own. */
export interface ClientTokenIssuer {
  /** Obtains a token by the client's own credentials; answers, never rejects. @see RFC 6749 §4.4 */
  clientToken(params: Readonly<Record<string, string>>, options: CallOptions): Promise<RefreshAnswer>;
}

/** An issuer that exchanges a person's access token for one that another resource takes. */
export interface ExchangeIssuer {
  /** Exchanges an access token; `params` say for what. Answers, never rejects. @see RFC 8693 §2.1 */
  exchangeToken(
    subjectToken: string,
    params: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<RefreshAnswer>;
}
