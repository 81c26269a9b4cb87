import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedisCluster } from '../../testing/redisCluster.ts';
import { startSentinelGroup } from '../../testing/redisSentinel.ts';
import { startRedis } from '../../testing/redisServer.ts';
import type { Reseal } from '../../server/composeServer.ts';
import { table } from '../lib/report.ts';
import { number, ratios, spread, summary, turnOf } from '../lib/stats.ts';
import { reads, refreshesOf, serverWith } from './server.ts';

const AT_ONCE = 50;
/** No fewer and no more operations than these in one sample. */
const [FEWEST, MOST] = [20, 200_000];

const KINDS = {
  'a read': (server: Reseal, count: number) => reads(server.store, count),
  'a refresh, one after another': (server: Reseal, count: number) => refreshesOf(server, count, 1),
  'a refresh, fifty at once': (server: Reseal, count: number) => refreshesOf(server, count, AT_ONCE),
} as const;
type Kind = keyof typeof KINDS;

/** One operation, by the clock and by the CPU time of this process with its threads. */
interface Sample {
  readonly us: number;
  readonly cpuUs: number;
}

interface Cell {
  readonly kind: Kind;
  readonly store: string;
  /** Operations of a sample. */
  readonly count: number;
  readonly samples: Sample[];
}

async function sampleOf(kind: Kind, server: Reseal, count: number): Promise<Sample> {
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  await KINDS[kind](server, count);
  const { user, system } = process.cpuUsage(before);
  return { us: ((performance.now() - startedMs) * 1000) / count, cpuUs: (user + system) / count };
}

/** As many operations as take about so long, found after a warm-up. */
async function countFor(kind: Kind, server: Reseal, sampleMs: number): Promise<number> {
  await sampleOf(kind, server, 2 * AT_ONCE);
  let count = AT_ONCE;
  for (let tries = 0; tries < 3; tries += 1) {
    const { us } = await sampleOf(kind, server, count);
    count = Math.round(Math.min(MOST, Math.max(FEWEST, (sampleMs * 1000) / us)));
  }
  return count;
}

async function measure(
  servers: Readonly<Record<string, Reseal>>,
  rounds: number,
  sampleMs: number,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const own: Cell[] = [];
    for (const [store, server] of Object.entries(servers))
      own.push({ kind, store, count: await countFor(kind, server, sampleMs), samples: [] });
    for (let round = 0; round < rounds; round += 1)
      for (const { store, count, samples } of turnOf(own, round))
        samples.push(await sampleOf(kind, servers[store]!, count));
    cells.push(...own);
  }
  return cells;
}

/** The same work over every store, in turns; the samples of one round are what is divided. */
export async function storeCosts(rounds: number, sampleMs: number): Promise<Cell[]> {
  const dir = mkdtempSync(join(tmpdir(), 'reseal-bench-'));
  const [redis, cluster, group] = [await startRedis(), await startRedisCluster(), await startSentinelGroup()];
  const servers = {
    memory: await serverWith({ SESSION_STORE: 'memory' }),
    'session file': await serverWith({ DATA_DIR: dir }),
    'one Redis': await serverWith({ REDIS_URL: redis.url }),
    Cluster: await serverWith({ REDIS_URL: cluster.url }),
    Sentinel: await serverWith({ REDIS_URL: group.url }),
  };
  const cells = await measure(servers, rounds, sampleMs);
  for (const server of Object.values(servers)) await server.close();
  await Promise.all([redis.close(), cluster.close(), group.close()]);
  rmSync(dir, { recursive: true });
  return cells;
}

export function costTable(cells: readonly Cell[]): string {
  const rows = cells.map((cell) => {
    const memory = cells.find(({ kind, store }) => kind === cell.kind && store === 'memory')!;
    const of = ({ samples }: Cell, what: keyof Sample) => samples.map((sample) => sample[what]);
    const over = (what: keyof Sample) =>
      cell === memory ? '1' : spread(summary(ratios(of(cell, what), of(memory, what))), 1);
    const middle = (what: keyof Sample) => {
      const { median } = summary(of(cell, what));
      return number(median, median < 10 ? 1 : 0);
    };
    return [cell.kind, cell.store, middle('cpuUs'), over('cpuUs'), middle('us'), over('us')];
  });
  return table(['', 'store', 'CPU, µs', 'CPU ÷ memory', 'µs by the clock', '÷ memory'], rows);
}
