import type { Clock } from '../clock.ts';
import { ApiError, retryAfter } from '../http/problem.ts';
import type { Failure } from '../issuers/failure.ts';
import type { RefreshAnswer } from '../issuers/issuer.ts';
import { ourError } from '../resealError.ts';
import { CLIENT_REFUSED_MS, LONGEST_ASKED_MS, windowMs } from '../store/outage.ts';

/** A token is replaced so long before its end, or after three quarters of a life that is shorter than four of these. */
const MARGIN_MS = 5000;
/** A token that is refused so soon after it was obtained is not replaced: the upstream refuses it for another reason. */
const JUST_OBTAINED_MS = 1000;

/** An access token that is no session's own, as it was obtained for an upstream. */
export interface ObtainedToken {
  readonly accessToken: string;
  readonly obtainedAtMs: number;
}

/** Where the tokens for one upstream come from. */
export interface TokenSource {
  /** The token that is good now. */
  current(): Promise<ObtainedToken>;
  /** A token other than one that the upstream refused; `null` where that one was obtained just now. */
  newerThan(refused: ObtainedToken): Promise<ObtainedToken | null>;
  /** Lets the next call obtain a new token; answers `false` where the refused one was obtained just now. */
  forget(refused: ObtainedToken): boolean;
}

/** What the issuer answered instead of a token, and for how long it is not asked again. */
export interface NotObtained {
  readonly failure: Failure;
  /** Whether the issuer refuses this, and is not only out of reach. */
  readonly isRefusal: boolean;
  readonly forMs: number;
}

export interface TokenSourceOptions {
  /** Asks the issuer; answers. What it throws is thrown to the callers, and holds nothing off. */
  readonly obtain: (signal: AbortSignal) => Promise<RefreshAnswer>;
  readonly onFailure: (failed: NotObtained) => void;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Makes what keeps a token that needs no refresh token: one call of the issuer for all requests that need it, and after a
 * failed one none for a while.
 *
 * It throws `upstream_unavailable` while the issuer does not answer, and `upstream_refused` where it refuses. No failure
 * of it ends a session.
 */
export function createTokenSource({ obtain, onFailure, timeoutMs, clock }: TokenSourceOptions): TokenSource {
  let known: (ObtainedToken & { readonly goodUntilMs: number }) | null = null;
  let running: Promise<ObtainedToken> | null = null;
  let failures = 0;
  let heldOff: { readonly untilMs: number; readonly isRefusal: boolean } = { untilMs: 0, isRefusal: false };

  const refusal = () => {
    const { untilMs, isRefusal } = heldOff;
    if (isRefusal) return new ApiError('upstream_refused');
    return new ApiError('upstream_unavailable', { headers: retryAfter(untilMs - clock.now()) });
  };

  async function ask(): Promise<ObtainedToken> {
    const bound = new AbortController();
    const timer = clock.setTimeout(() => bound.abort(ourError('The issuer did not answer.')), timeoutMs);
    const answer = await obtain(bound.signal).finally(() => clock.clearTimeout(timer));
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
      return known;
    }
    failures += 1;
    const isRefusal = answer.kind !== 'transient' && answer.kind !== 'throttled';
    const askedMs = Math.min(('retryAfterMs' in answer && answer.retryAfterMs) || 0, LONGEST_ASKED_MS);
    const forMs = Math.max(isRefusal ? CLIENT_REFUSED_MS : windowMs(failures), askedMs);
    heldOff = { untilMs: now + forMs, isRefusal };
    onFailure({ failure: answer, isRefusal, forMs });
    throw refusal();
  }

  async function current(): Promise<ObtainedToken> {
    const now = clock.now();
    if (known && now < known.goodUntilMs) return known;
    if (!running) {
      if (now < heldOff.untilMs) throw refusal();
      running = ask().finally(() => (running = null));
    }
    return running;
  }

  function forget(refused: ObtainedToken): boolean {
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
