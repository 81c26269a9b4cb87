import { LRUCache } from 'lru-cache';

/** Counts something by key within a window of time; `RateLimiterRedis` is one. */
export interface Limiter {
  /** Counts once. Rejects with `{ msBeforeNext }` past the limit, with an error where it cannot count. */
  consume(key: string): Promise<unknown>;
  /** Takes one count back. */
  reward(key: string): Promise<unknown>;
}

/** So many keys take some 20 MB. Past it the key that was used longest ago is forgotten. */
const MAX_KEYS = 100_000;

interface Count {
  readonly times: number;
  readonly untilMs: number;
}

/** Counts within this process, in bounded memory. */
export function memoryLimiter(points: number, durationSeconds: number, maxKeys = MAX_KEYS): Limiter {
  const counts = new LRUCache<string, Count>({ max: maxKeys });

  function countOf(key: string): Count {
    const count = counts.get(key);
    return count && count.untilMs > performance.now()
      ? count
      : { times: 0, untilMs: performance.now() + durationSeconds * 1000 };
  }

  return {
    async consume(key) {
      const { times, untilMs } = countOf(key);
      counts.set(key, { times: times + 1, untilMs });
      if (times >= points) throw { msBeforeNext: Math.ceil(untilMs - performance.now()) };
    },
    async reward(key) {
      const { times, untilMs } = countOf(key);
      if (times <= 1) counts.delete(key);
      else counts.set(key, { times: times - 1, untilMs });
    },
  };
}
