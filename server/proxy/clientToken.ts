import type { Clock } from '../clock.ts';
import type { ClientTokenIssuer } from '../issuers/issuer.ts';
import type { Log } from '../ops/log.ts';
import { createTokenSource, type TokenSource } from './tokenSource.ts';

export interface ClientTokenOptions {
  readonly issuer: ClientTokenIssuer;
  /** The name of the upstream, for the log. */
  readonly upstream: string;
  /** Sent with the grant, such as `scope`, `audience` or `resource`. */
  readonly params: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes what keeps the app's own token for one upstream. @see RFC 6749 §4.4 */
export function createClientTokenSource(options: ClientTokenOptions): TokenSource {
  const { issuer, upstream, params, timeoutMs, clock, log } = options;
  return createTokenSource({
    async obtain(signal) {
      const answer = await issuer.clientToken(params, { signal });
      if (answer.kind === 'granted') log.debug({ upstream }, 'the app has a token of its own');
      return answer;
    },
    onFailure({ failure, isRefusal, forMs }) {
      const entry = { err: 'cause' in failure ? failure.cause : undefined, upstream, retryAfterMs: forMs };
      if (isRefusal)
        log.error(entry, 'the issuer gives this app no token of its own: check its client there');
      else log.warn(entry, 'the app could not obtain a token of its own');
    },
    timeoutMs,
    clock,
  });
}
