import type { User } from '../../contract/user.ts';
import type { TokenPair } from '../session/record.ts';

/** How a call to the issuer may be bounded and traced. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Travels as `X-Request-Id`. */
  readonly requestId?: string | undefined;
}

/**
 * What a refresh came to. Only `refused` says that the refresh token is dead; `transient` says nothing
 * about it, `misconfigured` is about this app and no person.
 */
export type RefreshAnswer =
  | { readonly kind: 'granted'; readonly pair: TokenPair }
  | { readonly kind: 'refused' }
  | { readonly kind: 'misconfigured'; readonly cause: unknown }
  | { readonly kind: 'transient'; readonly cause: unknown; readonly retryAfterMs: number | null };

/** What a login came to. */
export type LoginAnswer =
  | { readonly kind: 'granted'; readonly pair: TokenPair; readonly user: User; readonly sid?: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'misconfigured'; readonly cause: unknown }
  | { readonly kind: 'transient'; readonly cause: unknown; readonly retryAfterMs: number | null };

/** Whoever gives tokens. A custom backend is one file that answers these. */
export interface Issuer {
  /** Exchanges a refresh token for a new pair; answers, never rejects. */
  refresh(refreshToken: string, options: CallOptions): Promise<RefreshAnswer>;
  /** Revokes a pair's refresh token; rejects where that is not known to have worked. @see RFC 7009 */
  revoke(pair: TokenPair, options: CallOptions): Promise<void>;
}

/** An issuer that takes a person's own credentials: a first-party login, not OAuth. */
export interface PasswordIssuer extends Issuer {
  login(credentials: { username: string; password: string }, options: CallOptions): Promise<LoginAnswer>;
}
