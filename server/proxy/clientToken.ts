import type { Clock } from '../clock.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import type { ClientTokenIssuer } from '../issuers/issuer.ts';
import { ourError } from '../resealError.ts';
import type { Log } from '../ops/log.ts';
import { CLIENT_REFUSED_MS, LONGEST_ASKED_MS, windowMs } from '../store/outage.ts';

/** A token is replaced so long before its end, or after three quarters of a life that is shorter than four of these. */
const MARGIN_MS = 5000;
/** A token that is refused so soon after it was obtained is not replaced: the upstream refuses this app. */
const JUST_OBTAINED_MS = 1000;

/** The app's own token for one upstream. */
export interface ClientToken {
  readonly accessToken: string;
  readonly obtainedAtMs: number;
}

/** Where the app's own token for one upstream comes from. */
export interface ClientTokenSource {
  /** The token that is good now. */
  current(): Promise<ClientToken>;
  /** A token other than one that the upstream refused; `null` where that one was obtained just now. */
  newerThan(refused: ClientToken): Promise<ClientToken | null>;
  /** Lets the next call obtain a new token; answers `false` where the refused one was obtained just now. */
  forget(refused: ClientToken): boolean;
}

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

/**
 * Makes what keeps the app's own token for one upstream: one call of the issuer for all requests that need it, and after a
 * failed one none for a while.
 *
 * It throws `upstream_unavailable` while the issuer does not answer, and `upstream_refused` where it refuses this app. It
 * belongs to no session: no failure of it ends one.
 *
 * @see RFC 6749 §4.4
 */
export function createClientTokenSource(options: ClientTokenOptions): ClientTokenSource {
  const { issuer, upstream, params, timeoutMs, clock, log } = options;
  let known: (ClientToken & { readonly goodUntilMs: number }) | null = null;
  let running: Promise<ClientToken> | null = null;
  let failures = 0;
  let heldOff: { readonly untilMs: number; readonly isRefusal: boolean } = { untilMs: 0, isRefusal: false };

  const refusal = () => {
    const { untilMs, isRefusal } = heldOff;
    if (isRefusal) return new ApiError('upstream_refused');
    return new ApiError('upstream_unavailable', { headers: retryAfter(untilMs - clock.now()) });
  };

  async function obtain(): Promise<ClientToken> {
    const bound = new AbortController();
    const timer = clock.setTimeout(() => bound.abort(ourError('The issuer did not answer.')), timeoutMs);
    const answer = await issuer
      .clientToken(params, { signal: bound.signal })
      .finally(() => clock.clearTimeout(timer));
    const now = clock.now();
    if (answer.kind === 'granted') {
      const { accessToken, expiresAtMs } = answer.pair;
      failures = 0;
      const lifeMs = (expiresAtMs ?? Infinity) - now;
      known = {
        accessToken,
        obtainedAtMs: now,
        goodUntilMs: now + lifeMs - Math.min(MARGIN_MS, lifeMs / 4),
      };
      log.debug({ upstream }, 'the app has a token of its own');
      return known;
    }
    failures += 1;
    const isRefusal = answer.kind !== 'transient' && answer.kind !== 'throttled';
    const askedMs = Math.min(('retryAfterMs' in answer && answer.retryAfterMs) || 0, LONGEST_ASKED_MS);
    const forMs = Math.max(isRefusal ? CLIENT_REFUSED_MS : windowMs(failures), askedMs);
    heldOff = { untilMs: now + forMs, isRefusal };
    const entry = { err: 'cause' in answer ? answer.cause : undefined, upstream, retryAfterMs: forMs };
    if (isRefusal) log.error(entry, 'the issuer gives this app no token of its own: check its client there');
    else log.warn(entry, 'the app could not obtain a token of its own');
    throw refusal();
  }

  async function current(): Promise<ClientToken> {
    const now = clock.now();
    if (known && now < known.goodUntilMs) return known;
    if (!running) {
      if (now < heldOff.untilMs) throw refusal();
      running = obtain().finally(() => (running = null));
    }
    return running;
  }

  function forget(refused: ClientToken): boolean {
    if (known?.accessToken !== refused.accessToken) return true;
    if (clock.now() - known.obtainedAtMs < JUST_OBTAINED_MS) return false;
    known = null;
    return true;
  }

  return {
    current,
    forget,
    newerThan: async (refused) => (forget(refused) ? current() : null),
  };
}
