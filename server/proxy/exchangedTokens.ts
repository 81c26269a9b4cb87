import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { ApiError } from '../http/problem.ts';
import type { Failure } from '../issuers/failure.ts';
import type { ExchangeIssuer } from '../issuers/issuer.ts';
import type { Log } from '../ops/log.ts';
import type { RefusedResources } from '../refresh/refusedResources.ts';
import { kindOf, ResealError } from '../resealError.ts';
import type { HeldToken } from '../session/tokens.ts';
import type { ResourceSettings } from '../settings/resources.ts';
import { createTokenSource, type TokenSource } from './tokenSource.ts';

/** So many sessions' tokens are kept for each upstream; the ones used longest ago make room. */
const KEPT = 10_000;
/** A token of the session that is newer than this is not what an issuer refuses in an exchange. */
const SUBJECT_IS_NEW_MS = 10_000;
/** What an issuer calls a subject token that it does not accept. @see RFC 8693 §2.2.2 */
const ABOUT_SUBJECT = new Set(['invalid_request', 'invalid_token']);

/** The issuer does not accept the session's own token, which may have died before its time. */
class SubjectRefused extends ResealError {
  readonly code = 'subject_refused';

  constructor() {
    super('SubjectRefused', 'The issuer does not accept the token that is to be exchanged.');
  }
}

/** Tells whether an exchange failed because of the session's own token. */
export const isSubjectRefused = (error: unknown): boolean => kindOf(error) === 'SubjectRefused';

export interface ExchangedTokensOptions {
  readonly issuer: ExchangeIssuer;
  /** The name of the upstream, for the log. */
  readonly upstream: string;
  readonly resource: ResourceSettings;
  readonly refused: RefusedResources;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Finds where the tokens come from that a session's own token is exchanged for. */
export type ExchangedTokens = (session: string, subject: HeldToken) => TokenSource;

/**
 * Makes what exchanges the sessions' own access tokens for tokens of one upstream, in memory, for as long as the session has
 * the same token of its own.
 *
 * An exchange uses no refresh token, so it needs neither lease nor record. A failure of it ends no session. What it returns
 * throws as {@link createTokenSource} says, and what {@link isSubjectRefused} recognises.
 *
 * @see RFC 8693 §2
 */
export function createExchangedTokens(options: ExchangedTokensOptions): ExchangedTokens {
  const { issuer, upstream, resource, refused, timeoutMs, clock, log } = options;
  const kept = new LRUCache<string, { readonly subject: string; readonly source: TokenSource }>({
    max: KEPT,
  });

  function sourceOf(session: string, subject: HeldToken): TokenSource {
    const isAboutSubject = (failure: Failure) =>
      clock.now() - subject.obtainedAtMs >= SUBJECT_IS_NEW_MS &&
      (failure.kind === 'refused' ||
        (failure.kind === 'rejected' && ABOUT_SUBJECT.has(failure.cause.oauthError ?? '')));
    const source = createTokenSource({
      async obtain(signal) {
        const answer = await issuer.exchangeToken(subject.accessToken, resource.params, { signal });
        if (answer.kind !== 'granted' && isAboutSubject(answer)) throw new SubjectRefused();
        return answer;
      },
      onFailure({ failure, isRefusal, forMs }) {
        if (isRefusal) refused.add(session, resource.key);
        const err = 'cause' in failure ? failure.cause : undefined;
        const entry = { err, upstream, session, ...resource.params, retryAfterMs: forMs };
        if (isRefusal)
          log.error(entry, 'the issuer exchanges no token for this upstream: check its client there');
        else log.warn(entry, 'a token could not be exchanged');
      },
      timeoutMs,
      clock,
    });
    return {
      ...source,
      async current() {
        // Remembered beyond this token of the session, so that no new one is obtained in vain.
        if (refused.has(session, resource.key)) throw new ApiError('upstream_refused');
        return source.current();
      },
    };
  }

  return (session, subject) => {
    const known = kept.get(session);
    if (known?.subject === subject.accessToken) return known.source;
    const source = sourceOf(session, subject);
    kept.set(session, { subject: subject.accessToken, source });
    return source;
  };
}
