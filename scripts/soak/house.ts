import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Environment,
  type Instance,
} from '../../__tests__/support/production.ts';
import { startBalancer, type Balancer } from '../../__tests__/support/balancer.ts';
import { startRedis, type RedisServer } from '../../__tests__/support/redisServer.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import type { UpstreamOptions } from '../../upstream/options.ts';

/** Production instances over one Redis, behind a round-robin, before one upstream. */
export interface ProductionHouse {
  readonly upstream: Upstream;
  readonly redis: RedisServer;
  readonly balancer: Balancer;
  readonly instances: readonly Instance[];
  /** Restarts one, the others serving meanwhile; answers its exit code. */
  restart(index: number): Promise<number | null>;
  close(): Promise<void>;
}

export interface ProductionOptions {
  readonly upstream?: UpstreamOptions;
  readonly count?: number;
  readonly env?: Environment;
}

/** Starts it all; builds the app first if there is no build. */
export async function startProductionHouse(options: ProductionOptions = {}): Promise<ProductionHouse> {
  await ensureBuild();
  const redis = await startRedis();
  const upstream = await createUpstream(options.upstream);
  const instances: Instance[] = [];
  const balancer = await startBalancer(() => instances.map(({ url }) => url), { checkEveryMs: 100 });
  const env = {
    ...productionEnvironment(upstream.url, balancer.url),
    REDIS_URL: redis.url,
    LOG_LEVEL: 'warn',
    // Longer than a busy balancer takes to notice.
    SHUTDOWN_DELAY_MS: '2000',
    ...options.env,
  };
  const { count = 3 } = options;
  instances.push(...(await Promise.all(Array.from({ length: count }, () => startInstance(env)))));
  return {
    upstream,
    redis,
    balancer,
    instances,
    async restart(index) {
      const code = await instances[index]?.stop();
      instances[index] = await startInstance(env);
      return code ?? null;
    },
    async close() {
      await Promise.all(instances.map((one) => one.stop()));
      await balancer.close();
      await upstream.close();
      await redis.close();
    },
  };
}
