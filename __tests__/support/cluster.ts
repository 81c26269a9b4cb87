import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import type { UpstreamOptions } from '../../upstream/options.ts';
import { startApp, type App, type AppOptions } from './app.ts';
import { startBalancer } from '../../testing/balancer.ts';
import { startRedis, type RedisServer } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';

/** Three instances over one Redis, behind a round-robin, before one upstream. */
export interface Cluster {
  readonly apps: readonly [App, App, App];
  readonly redis: RedisServer;
  readonly upstream: Upstream;
  /** Where the round-robin answers. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startCluster(
  upstreamOptions: UpstreamOptions = {},
  options: AppOptions = {},
): Promise<Cluster> {
  const [redis, upstream] = await Promise.all([startRedis(), createUpstream(upstreamOptions)]);
  const env = { ...options.env, REDIS_URL: redis.url };
  const start = () => startApp(upstream.url, { ...options, env });
  const apps = [await start(), await start(), await start()] as const;
  const balancer = await startBalancer(() => apps.map(({ url }) => url));
  for (const { url } of apps) {
    await until(async () => (await fetch(`${url}/api/health?ready`)).status === 200, { what: 'readiness' });
  }
  return {
    apps: [...apps],
    redis,
    upstream,
    url: balancer.url,
    async close() {
      await upstream.close();
      await Promise.all(apps.map((app) => app.close()));
      await balancer.close();
      await redis.close();
    },
  };
}
