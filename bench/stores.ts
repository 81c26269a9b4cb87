import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startRedisCluster } from '../testing/redisCluster.ts';
import { startSentinelGroup } from '../testing/redisSentinel.ts';
import { startRedis } from '../testing/redisServer.ts';
import { systemClock } from '../server/clock.ts';
import { createLog } from '../server/ops/log.ts';
import { createMetrics } from '../server/ops/metrics.ts';
import { openStore } from '../server/store/openStore.ts';
import { works, until } from '../testing/until.ts';
import { serverWith, refreshesOf } from './stores/server.ts';
import { costOf, countOf } from './instances/redisCost.ts';
import { saveResults, setting, table, writeSection } from './lib/report.ts';
import { interleave, number, ratios, spread, summary, timed } from './lib/stats.ts';

const only = process.env['BENCH_ONLY'] ?? '';
const wants = (name: string) => only === '' || only.split(',').includes(name);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 15);
const READS = 200;
const REFRESHES = 20;
const AT_ONCE = 50;

const sections: string[] = [];
const results: Record<string, unknown> = {};
function part(name: string, title: string, measured: unknown, markdown: string): void {
  results[name] = measured;
  sections.push(title, markdown);
  console.log(`\n${title}\n\n${markdown}`);
}

const folder = () => mkdtempSync(join(tmpdir(), 'reseal-bench-'));

if (wants('cost')) {
  const dir = folder();
  const [redis, cluster, group] = [await startRedis(), await startRedisCluster(), await startSentinelGroup()];
  const servers = {
    memory: await serverWith({ SESSION_STORE: 'memory' }),
    sqlite: await serverWith({ DATA_DIR: dir }),
    redis: await serverWith({ REDIS_URL: redis.url }),
    cluster: await serverWith({ REDIS_URL: cluster.url }),
    sentinel: await serverWith({ REDIS_URL: group.url }),
  };
  const names = Object.keys(servers) as (keyof typeof servers)[];
  const workOf = (run: (server: (typeof servers)['memory']) => Promise<unknown>) =>
    Object.fromEntries(names.map((name) => [name, () => timed(() => run(servers[name]))])) as Record<
      (typeof names)[number],
      () => Promise<number>
    >;
  const kinds = {
    'a read': { n: READS, work: workOf((one) => reads(one.store)) },
    'a refresh, one after another': { n: REFRESHES, work: workOf((one) => refreshesOf(one, REFRESHES, 1)) },
    'a refresh, fifty at once': { n: AT_ONCE, work: workOf((one) => refreshesOf(one, AT_ONCE, AT_ONCE)) },
  };
  const rows: string[][] = [];
  const raw: Record<string, unknown> = {};
  for (const [what, { n, work }] of Object.entries(kinds)) {
    await interleave(work, 3);
    const measured = await interleave(work, rounds);
    raw[what] = measured;
    for (const name of names) {
      // The median of three: CPU time of this process, its threads included, the servers of Redis not.
      const cpu = [await cpuOf(work[name]), await cpuOf(work[name]), await cpuOf(work[name])].toSorted(
        (a, b) => a - b,
      );
      rows.push([
        what,
        name,
        number((summary(measured[name]).median / n) * 1000, 0),
        spread(summary(ratios(measured[name], measured.memory))),
        number((cpu[1]! / n) * 1000, 0),
      ]);
    }
  }
  part('cost', '### Cost of each store', raw, table(['', 'store', 'µs', '÷ memory', 'CPU, µs'], rows));

  for (const server of Object.values(servers)) await server.close();
  await Promise.all([redis.close(), cluster.close(), group.close()]);
  rmSync(dir, { recursive: true });
}

if (wants('commands')) {
  const redis = await startRedis();
  const server = await serverWith({ REDIS_URL: redis.url });
  await refreshesOf(server, 200, 1);
  const [before, n] = [await countOf(redis), 2000];
  await refreshesOf(server, n, 20);
  const { commands, bytesIn, bytesOut, cpuUs } = costOf(before, await countOf(redis), n);
  const figures = Object.entries({ ...commands, 'bytes to Redis': bytesIn, 'bytes from Redis': bytesOut, 'CPU of Redis, µs': cpuUs }); // prettier-ignore
  const rows = figures.map(([name, value]) => [name, number(value)]);
  const foot =
    'Without the two reads of the request that asks for it. Commands inside of scripts are counted with them.';
  part('commands', '### What a refresh asks of Redis', Object.fromEntries(figures), `${table(['', 'each'], rows)}\n\n${foot}`); // prettier-ignore
  await server.close();
  await redis.close();
}

if (wants('growth')) {
  const sizes = (process.env['BENCH_SESSIONS'] ?? '1,1000,100000,1000000').split(',').map(Number);
  const rows: string[][] = [];
  const raw: Record<string, unknown> = {};
  for (const count of sizes) {
    const dir = folder();
    await fill(dir, count);
    const bytes = statSync(join(dir, 'sessions.db')).size;
    const openMs = await timed(async () => (await open(dir)).close());
    const server = await serverWith({ DATA_DIR: dir });
    await refreshesOf(server, 50, 1);
    const refreshMs = (await timed(() => refreshesOf(server, 200, 1))) / 200;
    const readMs = (await timed(() => reads(server.store, count))) / READS;
    await server.close();
    rmSync(dir, { recursive: true });
    raw[count] = { bytes, openMs, refreshMs, readMs };
    rows.push([
      number(count, 0),
      number(bytes / 2 ** 20, 1),
      number(openMs, 0),
      number(readMs * 1000, 0),
      number(refreshMs * 1000, 0),
    ]);
    console.log(rows.at(-1)?.join(' '));
  }
  const heads = ['sessions', 'file, MB', 'start, ms', 'a read, µs', 'a refresh, µs'];
  part('growth', '### Growth of the session file', raw, table(heads, rows));
}

async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function reads(store: Awaited<ReturnType<typeof serverWith>>['store'], among = 1): Promise<void> {
  for (let n = 0; n < READS; n += 1)
    await store.read(`live-${Math.floor(Math.random() * among)}`, `person-${n}`);
}

async function open(dir: string) {
  const { store } = openStore({ kind: 'sqlite', dir }, systemClock, {
    log: createLog('silent'),
    metrics: createMetrics(),
  });
  await until(() => works(store.ready()));
  return store;
}

/** Fills a session file as a server would, in large transactions: a record and a list for each session. */
async function fill(dir: string, count: number): Promise<void> {
  await (await open(dir)).close();
  const db = new DatabaseSync(join(dir, 'sessions.db'));
  const record = db.prepare('INSERT INTO records VALUES (?, ?, ?)');
  const list = db.prepare('INSERT INTO lists VALUES (?, ?, ?)');
  const value = JSON.stringify({
    version: 2,
    box: 'x'.repeat(700),
    refreshedAtMs: 1,
    seenAtMs: 2,
    ended: null,
  });
  const until = Date.now() + 86_400_000;
  for (let from = 0; from < count; from += 10_000) {
    db.exec('BEGIN');
    for (let n = from; n < Math.min(count, from + 10_000); n += 1) {
      record.run(`live-${n}`, value, until + n);
      list.run(`person-${n}`, JSON.stringify([{ id: `live-${n}`, device: { browser: 'Chrome', system: 'Windows' }, epoch: 0, provider: null, createdAtMs: 1, refreshedAtMs: 1, endsAtMs: until }]), until + n); // prettier-ignore
    }
    db.exec('COMMIT');
  }
  db.close();
}

saveResults(`stores${only && `-${only}`}`, results);
if (only === '') writeSection('stores', ['## Stores', setting('next', 'redis'), ...sections].join('\n\n'));
process.exit(0);
