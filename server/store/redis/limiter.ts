import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { LimiterOf } from '../../http/loginThrottle.ts';
import { ourError } from '../../resealError.ts';
import type { RedisLink } from './link.ts';

interface Evaluation {
  readonly keys: readonly [string];
  readonly arguments: readonly string[];
}

/** Counts login failures in Redis, for all instances together. */
export function redisLimiter(link: RedisLink): LimiterOf {
  // The limiter speaks to what looks like the client, so that its waits are bounded as all others are.
  const storeClient = {
    eval: (source: string, { keys: [key], arguments: args }: Evaluation) =>
      link.ask(readCounts, 'EVAL', source, '1', key, ...args),
  };
  return (keyPrefix, points, duration) =>
    new RateLimiterRedis({ storeClient, useRedisPackage: true, keyPrefix, points, duration });
}

function readCounts(reply: unknown): unknown {
  if (Array.isArray(reply) && reply.length === 2 && reply.every(Number.isInteger)) return reply;
  throw ourError('The reply of Redis makes no sense.');
}
