import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Exchange } from './exchange.ts';

const WINDOW_SECONDS = 15 * 60;
/** Five wrong passwords for one name from one address; fifty from one address, whatever the name. */
const FAILURES = { nameAndAddress: 5, address: 50 };

/** What keeps count of failures; the same limiter over Redis where there is one. */
export type LimiterOf = (keyPrefix: string, points: number, durationSeconds: number) => RateLimiterAbstract;

const inMemory: LimiterOf = (keyPrefix, points, duration) =>
  new RateLimiterMemory({ keyPrefix, points, duration });

/** A store shows neither names nor addresses. */
const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

/** The login is refused for so many ms: too many failures. */
export interface Throttled {
  readonly retryAfterMs: number;
}

/** A try that is under way: whoever made it says how it ended. */
export interface Attempt {
  settle(failed: boolean): Promise<void>;
}

/**
 * Makes the login throttle. It counts failures only, per name and address, so that nobody is locked out by
 * what others do elsewhere. A try is counted before it is made and given back unless it fails, so that a hundred
 * parallel guesses count as a hundred; one that finds the count full only because of tries under way waits for
 * these, so that a hundred parallel logins all succeed.
 */
export function createThrottle(limiterOf: LimiterOf = inMemory) {
  const pair = limiterOf('reseal:throttle:pair', FAILURES.nameAndAddress, WINDOW_SECONDS);
  const address = limiterOf('reseal:throttle:address', FAILURES.address, WINDOW_SECONDS);
  const underWay = new Map<string, Set<Promise<undefined>>>();

  function begin(keys: readonly string[], giveBack: () => Promise<unknown>): Attempt {
    const over = Promise.withResolvers<undefined>();
    for (const key of keys) underWay.set(key, (underWay.get(key) ?? new Set()).add(over.promise));
    return {
      async settle(failed) {
        if (!failed) await giveBack();
        for (const key of keys) {
          underWay.get(key)?.delete(over.promise);
          if (underWay.get(key)?.size === 0) underWay.delete(key);
        }
        over.resolve(undefined);
      },
    };
  }

  return {
    /** Counts a try; answers what settles it, or for how long logins are refused. */
    async attempt(name: string, from: string): Promise<Attempt | Throttled> {
      const network = networkOf(from);
      const counts = [
        { limiter: pair, key: hash(`${network}\n${name.normalize('NFKC').toLowerCase()}`) },
        { limiter: address, key: hash(network) },
      ];
      const giveBack = () => Promise.allSettled(counts.map(({ limiter, key }) => limiter.reward(key)));
      for (;;) {
        const results = await Promise.allSettled(counts.map(({ limiter, key }) => limiter.consume(key)));
        const full = counts.flatMap(({ key }, index) => {
          const result = results[index];
          const isFull = result?.status === 'rejected' && result.reason instanceof RateLimiterRes;
          return isFull ? [{ key, waitMs: result.reason.msBeforeNext }] : [];
        });
        // Whatever else went wrong with counting must not keep people out.
        if (full.length === 0)
          return begin(
            counts.map(({ key }) => key),
            giveBack,
          );
        // Nobody's password was tried, so nothing failed: one person's stubborn client must not close an office.
        await giveBack();
        const others = full.map(({ key }) => underWay.get(key));
        if (!others.every((tries) => tries !== undefined)) {
          return { retryAfterMs: Math.max(...full.map(({ waitMs }) => waitMs)) };
        }
        await Promise.race(others.flatMap((tries) => [...tries]));
      }
    },
  };
}

/** Takes a /64 of IPv6 for one address: whoever has one address there has them all. @see RFC 6177 §2 */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => parseInt(group, 16).toString(16)).join(':');
}

export type Throttle = ReturnType<typeof createThrottle>;

/**
 * Finds where a request comes from: the peer, or what the last of `trustedProxies` reverse proxies wrote.
 *
 * `X-Forwarded-For` is the client's own word but for the entries that our own proxies appended at its end.
 */
export function addressOf(
  { remoteAddress, headers }: Pick<Exchange, 'remoteAddress' | 'headers'>,
  trustedProxies: number,
): string {
  const peer = remoteAddress ?? 'unknown';
  if (trustedProxies === 0) return peer;
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((entry) => entry.trim());
  return forwarded.at(-trustedProxies) || peer;
}
