import type { Certificates } from './certificates.ts';
import { startRedis, startSecureRedis, startSentinel, type RedisServer } from './redisServer.ts';
import { until } from './until.ts';

const GROUP = 'mymaster';

/** A primary, two replicas and three Sentinels that watch them, on loopback. */
export interface SentinelGroup {
  readonly url: string;
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** The server that the Sentinels call the primary now. */
  primary(): Promise<RedisServer>;
  close(): Promise<void>;
}

const portOf = ({ port }: RedisServer) => `${port}`;

export async function startSentinelGroup({
  replicas = 2,
  downAfterMs = 1000,
  certificates = null as Certificates | null,
} = {}): Promise<SentinelGroup> {
  const start = () => (certificates ? startSecureRedis(certificates) : startRedis());
  const primary = await start();
  const servers = [primary, ...(await Promise.all(Array.from({ length: replicas }, start)))];
  for (const replica of servers.slice(1)) await replica.command('REPLICAOF', '127.0.0.1', portOf(primary));
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, () =>
      startSentinel(configurationFor(portOf(primary), downAfterMs), certificates ?? undefined),
    ),
  );
  await until(
    async () => {
      const seen = await Promise.all(
        sentinels.map((one) => one.command<string[]>('SENTINEL', 'MASTER', GROUP)),
      );
      const of = (words: string[], name: string) => Number(words[words.indexOf(name) + 1]);
      return seen.every(
        (words) => of(words, 'num-slaves') === replicas && of(words, 'num-other-sentinels') === 2,
      );
    },
    { withinMs: 30_000, what: 'the Sentinels to know each other' },
  );
  return {
    url: `redis${certificates ? 's' : ''}-sentinel://${sentinels.map((one) => `127.0.0.1:${portOf(one)}`).join(',')}#${GROUP}`,
    servers,
    sentinels,
    async primary() {
      const living = sentinels[0]!;
      const [, port] = await living.command<[string, string]>('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', GROUP);
      return servers.find((one) => portOf(one) === port)!;
    },
    close: async () => void (await Promise.all([...sentinels, ...servers].map((one) => one.close()))),
  };
}

const configurationFor = (primaryPort: string, downAfterMs: number) => `
sentinel monitor ${GROUP} 127.0.0.1 ${primaryPort} 2
sentinel down-after-milliseconds ${GROUP} ${downAfterMs}
sentinel failover-timeout ${GROUP} 5000
sentinel parallel-syncs ${GROUP} 2
`;
