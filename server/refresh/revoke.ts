import { sleep, within, type Clock } from '../clock.ts';
import type { TokenPair } from '../session/record.ts';
import type { Issuer } from '../issuers/issuer.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';

const RETRY_AFTER_MS = [1000, 5000, 30_000, 120_000];
const CALL_MS = 10_000;
/** How long a logout or a login waits for the first try. */
const PATIENCE_MS = 2000;

/**
 * Makes the revoker: it tells the issuer that a pair is done with, again and again behind the caller's back
 * where the issuer is down, because a logout must not fail on an outage of the issuer.
 *
 * @returns a promise of the first try, or of two seconds where that takes longer; never rejects
 * @see RFC 7009 §2
 */
export function createRevoker(deps: { issuer: Issuer; clock: Clock; log: Log; metrics: Metrics }) {
  const { issuer, clock, log, metrics } = deps;

  async function tryOnce(pair: TokenPair, requestId?: string): Promise<boolean> {
    const bound = new AbortController();
    const timer = clock.setTimeout(() => bound.abort(), CALL_MS);
    try {
      await issuer.revoke(pair, { signal: bound.signal, requestId });
      return true;
    } catch (err) {
      log.warn({ err, requestId }, 'a token could not be revoked yet');
      return false;
    } finally {
      clock.clearTimeout(timer);
    }
  }

  async function keepTrying(pair: TokenPair, requestId?: string): Promise<void> {
    for (const ms of RETRY_AFTER_MS) {
      await sleep(clock, ms);
      if (await tryOnce(pair, requestId)) return;
    }
    metrics.revocationsFailed.inc();
    log.error({ requestId }, 'a token could not be revoked: it lives at the issuer until it expires');
  }

  return async function revoke(pair: TokenPair, requestId?: string): Promise<void> {
    if (pair.refreshToken === null) return;
    const first = tryOnce(pair, requestId).then((done) => void (done || keepTrying(pair, requestId)));
    await within(clock, PATIENCE_MS, first, undefined);
  };
}

export type Revoke = ReturnType<typeof createRevoker>;
