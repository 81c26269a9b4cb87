import { startRedisCluster } from '../../testing/redisCluster.ts';
import { startSentinelGroup } from '../../testing/redisSentinel.ts';
import { startRedis, type RedisServer } from '../../testing/redisServer.ts';
import type { Environment } from '../../testing/production.ts';

export const STORES = ['redis', 'sqlite', 'cluster', 'sentinel'] as const;
export type StoreKind = (typeof STORES)[number];

/** The store that all instances share, and what may happen to it while people work. */
export interface Backing {
  readonly env: Environment;
  /** The one Redis, where there is one. */
  readonly redis: RedisServer | null;
  /** Lets the next thing happen to the store; answers what it was, `null` where nothing happens to it. */
  disturb(): Promise<string | null>;
  close(): Promise<void>;
}

export function startBacking(kind: StoreKind): Promise<Backing> {
  return BACKINGS[kind]();
}

const BACKINGS: Record<StoreKind, () => Promise<Backing>> = {
  async redis() {
    const redis = await startRedis();
    return { env: { REDIS_URL: redis.url }, redis, disturb: async () => null, close: () => redis.close() };
  },

  /** The instances share the folder that the environment names anyway. */
  async sqlite() {
    return { env: {}, redis: null, disturb: async () => null, close: async () => undefined };
  },

  /** Kills a primary, lets it come back as a replica, and moves a slot, in turn. */
  async cluster() {
    const cluster = await startRedisCluster({ hasReplicas: true });
    const all = [...cluster.primaries, ...cluster.replicas];
    const roleOf = async (one: RedisServer) => (await one.command<string[]>('ROLE').catch(() => []))[0];
    const primaries = async () => {
      const roles = await Promise.all(all.map(roleOf));
      return all.filter((_, n) => roles[n] === 'master');
    };
    let down: RedisServer | null = null;
    let turn = 0;
    return {
      env: { REDIS_URL: cluster.url },
      redis: null,
      async disturb() {
        turn += 1;
        if (down) {
          const back = down;
          down = null;
          await back.start();
          return 'a node of the Cluster is back';
        }
        const living = await primaries();
        const one = living[turn % living.length] as RedisServer;
        if (turn % 2 === 0) {
          for (let slot = 0; slot < 16_384; slot += 1024) await cluster.moveSlot(slot, one);
          return 'moved slots of the Cluster';
        }
        down = one;
        await one.kill();
        return 'killed a primary of the Cluster';
      },
      close: () => cluster.close(),
    };
  },

  /** Kills the primary, and lets it come back as a replica, in turn. */
  async sentinel() {
    const group = await startSentinelGroup();
    let down: RedisServer | null = null;
    return {
      env: { REDIS_URL: group.url },
      redis: null,
      async disturb() {
        if (down) {
          const back = down;
          down = null;
          await back.start();
          return 'the old primary is back';
        }
        down = await group.primary();
        await down.kill();
        return 'killed the primary';
      },
      close: () => group.close(),
    };
  },
};
