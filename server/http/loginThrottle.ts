import { createHash } from 'node:crypto';
import { networkOf } from './clientAddress.ts';
import { memoryLimiter, type Limiter } from './failureCounts.ts';

const WINDOW_SECONDS = 15 * 60;
/** Five wrong passwords for one name from one address; fifty from one address, whatever the name. */
const FAILURES = { nameAndAddress: 5, address: 50 };

/** What counts failures; over Redis for all instances together. */
export type LimiterOf = (keyPrefix: string, points: number, durationSeconds: number) => Limiter;

const inMemory: LimiterOf = (_, points, duration) => memoryLimiter(points, duration);

/** A store shows neither names nor addresses. */
const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

/** The login is refused for so many ms: too many failures. */
export interface Throttled {
  readonly retryAfterMs: number;
}

/** A try that is under way: its caller says how it ended. */
export interface Attempt {
  settle(failed: boolean): Promise<void>;
}

/**
 * Makes the login throttle. It counts failures only, per name and address, so that failures elsewhere lock out no one.
 *
 * A try is counted before it is made and given back unless it fails: a hundred parallel guesses count as a hundred.
 * One that finds the count full only because of tries under way waits for these: a hundred parallel logins all succeed.
 *
 * Where all people share the address of a proxy only the count of a name applies: fifty failures of one person must not
 * close the login to all. A refused try adds no key, so that new names take no memory.
 */
export function createThrottle(limiterOf: LimiterOf = inMemory) {
  const counters = {
    address: countWith('reseal:throttle:address', FAILURES.address),
    pair: countWith('reseal:throttle:pair', FAILURES.nameAndAddress),
  };
  const underWay = new Map<string, Set<Promise<undefined>>>();

  /** Counts in the shared limiter; where that does not answer, in one of this process. */
  function countWith(keyPrefix: string, points: number): Limiter {
    const shared = limiterOf(keyPrefix, points, WINDOW_SECONDS);
    const own = inMemory(keyPrefix, points, WINDOW_SECONDS);
    const onlyIfFull = (error: unknown, instead: () => Promise<unknown>) => {
      if (waitOf(error) !== null) throw error;
      return instead();
    };
    return {
      consume: (key) =>
        shared.consume(key).catch((error: unknown) => onlyIfFull(error, () => own.consume(key))),
      reward: (key) => shared.reward(key).catch(() => own.reward(key)),
    };
  }

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
    async attempt(name: string, address: string, isShared = false): Promise<Attempt | Throttled> {
      const network = networkOf(address);
      const counts = [
        ...(isShared ? [] : [{ counter: counters.address, key: hash(network) }]),
        { counter: counters.pair, key: hash(`${network}\n${name.normalize('NFKC').toLowerCase()}`) },
      ];
      for (;;) {
        const counted: typeof counts = [];
        const giveBack = () => Promise.allSettled(counted.map(({ counter, key }) => counter.reward(key)));
        let waitMs: number | null = null;
        // One after the other: past a full address no name is counted, and none is remembered.
        for (const count of counts) {
          counted.push(count);
          waitMs = await count.counter.consume(count.key).then(() => null, waitOf);
          if (waitMs !== null) break;
        }
        if (waitMs === null)
          return begin(
            counts.map(({ key }) => key),
            giveBack,
          );
        // No password was tried, so nothing failed: one retrying client must not lock out its IP address.
        await giveBack();
        const others = underWay.get(counted.at(-1)?.key ?? '');
        if (!others) return { retryAfterMs: waitMs };
        await Promise.race(others);
      }
    },
  };
}

/** For how many ms a full limiter refuses; `null` for any other error, which must not keep people out. */
function waitOf(error: unknown): number | null {
  const { msBeforeNext } = (error ?? {}) as { msBeforeNext?: unknown };
  return typeof msBeforeNext === 'number' ? msBeforeNext : null;
}

export type Throttle = ReturnType<typeof createThrottle>;
