import type { Certificates } from './certificates.ts';
import { startRedis, startSecureRedis, type RedisServer } from './redisServer.ts';
import { until } from './until.ts';

const SLOTS = 16_384;

/** A Redis Cluster of real servers on loopback: three primaries, and a replica for each where asked. */
export interface RedisCluster {
  readonly url: string;
  readonly primaries: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];
  /** Moves one slot, with its keys, to another primary. */
  moveSlot(slot: number, to: RedisServer): Promise<void>;
  close(): Promise<void>;
}

const portOf = ({ port }: RedisServer) => `${port}`;
const idOf = (redis: RedisServer) => redis.command<string>('CLUSTER', 'MYID');

export async function startRedisCluster({
  hasReplicas = false,
  nodeTimeoutMs = 1000,
  certificates = null as Certificates | null,
} = {}): Promise<RedisCluster> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', `${nodeTimeoutMs}`];
  args.push('--cluster-replica-validity-factor', '0');
  const start = () =>
    certificates ? startSecureRedis(certificates, ...args, '--tls-cluster', 'yes') : startRedis(...args);
  const all = await Promise.all(Array.from({ length: hasReplicas ? 6 : 3 }, start));
  const [primaries, replicas] = [all.slice(0, 3), all.slice(3)];
  await Promise.all(
    primaries.map((one, n) => {
      const from = Math.floor((n * SLOTS) / 3);
      const to = Math.floor(((n + 1) * SLOTS) / 3) - 1;
      return one.command('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${to}`);
    }),
  );
  const [first, ...others] = all as [RedisServer, ...RedisServer[]];
  for (const other of others) await first.command('CLUSTER', 'MEET', '127.0.0.1', portOf(other));
  await until(() => everyone(all, (info) => info.includes(`cluster_known_nodes:${all.length}`)), {
    withinMs: 20_000,
    what: 'all nodes to know each other',
  });
  for (const [n, replica] of replicas.entries())
    await replica.command('CLUSTER', 'REPLICATE', await idOf(primaries[n]!));
  await until(() => everyone(all, (info) => info.includes('cluster_state:ok')), {
    withinMs: 20_000,
    what: 'the Cluster',
  });
  await until(
    async () =>
      (await Promise.all(replicas.map(roleOf))).every((info) => info.includes('master_link_status:up')),
    { withinMs: 20_000, what: 'the replicas' },
  );
  return {
    url: `redis${certificates ? 's' : ''}-cluster://${primaries.map((one) => `127.0.0.1:${portOf(one)}`).join(',')}`,
    primaries,
    replicas,
    moveSlot: (slot, to) => moveSlot(all, slot, to),
    close: async () => void (await Promise.all(all.map((one) => one.close()))),
  };
}

async function everyone(all: readonly RedisServer[], is: (info: string) => boolean): Promise<boolean> {
  return (await Promise.all(all.map((one) => one.command<string>('CLUSTER', 'INFO')))).every(is);
}

const roleOf = (redis: RedisServer) => redis.command<string>('INFO', 'replication');

/** @see https://redis.io/docs/latest/commands/cluster-setslot/ */
async function moveSlot(all: readonly RedisServer[], slot: number, to: RedisServer): Promise<void> {
  const roles = await Promise.all(all.map(roleOf));
  const primaries = all.filter((_, n) => roles[n]!.includes('role:master'));
  const owner = (await to.command<[number, number, [string, number, string]][]>('CLUSTER', 'SLOTS')).find(
    ([from, until]) => from <= slot && slot <= until,
  )![2];
  const from = primaries.find((one) => Number(portOf(one)) === owner[1])!;
  if (from === to) return;
  const [source, target] = [await idOf(from), await idOf(to)];
  await to.command('CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', source);
  await from.command('CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', target);
  for (;;) {
    const keys = await from.command<string[]>('CLUSTER', 'GETKEYSINSLOT', `${slot}`, '100');
    if (keys.length === 0) break;
    await from.command('MIGRATE', '127.0.0.1', portOf(to), '', '0', '5000', 'KEYS', ...keys);
  }
  for (const one of [to, from, ...primaries])
    await one.command('CLUSTER', 'SETSLOT', `${slot}`, 'NODE', target);
}
