import { startRedis } from '../testing/redisServer.ts';
import { costOf, countOf } from './instances/redisCost.ts';
import { report, table, type Finding } from './lib/report.ts';
import { number } from './lib/stats.ts';
import { leaveNobody } from './peers/leaveNobody.ts';
import { costTable, storeCosts } from './stores/cost.ts';
import { fileGrowth, growthTable } from './stores/fileGrowth.ts';
import { refreshesOf, serverWith } from './stores/server.ts';

/*
 * The stores without HTTP, with an issuer that grants at once. `BENCH_ONLY=cost,commands` takes parts, `BENCH_SMOKE=1` runs
 * each once and short and writes nothing.
 */
const only = process.env['BENCH_ONLY'] ?? '';
const isSmoke = process.env['BENCH_SMOKE'] === '1';
const command = (name: string) => `\`BENCH_ONLY=${name} npm run bench -- stores\`.`;

async function commandsOfARefresh(count: number) {
  const redis = await startRedis();
  const server = await serverWith({ REDIS_URL: redis.url });
  await refreshesOf(server, 200, 1);
  const before = await countOf(redis);
  await refreshesOf(server, count, 20);
  const { commands, bytesIn, bytesOut, cpuUs } = costOf(before, await countOf(redis), count);
  await server.close();
  await redis.close();
  return { ...commands, 'bytes to Redis': bytesIn, 'bytes from Redis': bytesOut, 'CPU of Redis, µs': cpuUs };
}

const PARTS: Readonly<Record<string, () => Promise<Omit<Finding, 'packages'>>>> = {
  async cost() {
    const raw = await storeCosts(isSmoke ? 2 : Number(process.env['BENCH_ROUNDS'] ?? 21), isSmoke ? 20 : 100);
    return {
      title: '### Cost of each store',
      raw,
      markdown: costTable(raw),
      notes: `${command('cost')} Samples of about 0.1 s, each store in turn. CPU is that of the process with its threads, without the servers of Redis: it is what carries over from a machine that others use. By the clock, a refresh over the session file waits for the disk, and one over Redis for three round trips; fifty at once share the wait.`,
    };
  },
  async commands() {
    const raw = await commandsOfARefresh(isSmoke ? 100 : 2000);
    return {
      title: '### What a refresh asks of Redis',
      raw,
      markdown: table(
        ['', 'each'],
        Object.entries(raw).map(([name, value]) => [name, number(value)]),
      ),
      notes: `${command('commands')} Without the two reads of the request that asks for it. Commands inside of scripts are counted with them.`,
    };
  },
  async growth() {
    const sizes = process.env['BENCH_SESSIONS'] ?? (isSmoke ? '1,1000' : '1,1000,100000,1000000');
    const raw = await fileGrowth(sizes.split(',').map(Number));
    return {
      title: '### Growth of the session file',
      raw,
      markdown: growthTable(raw),
      notes: `${command('growth')} By the clock. The start checks the whole file.`,
    };
  },
};

leaveNobody();
for (const [name, measure] of Object.entries(PARTS))
  if (only === '' || only.split(',').includes(name))
    report(`stores-${name}`, { packages: ['redis'], ...(await measure()) });
process.exit(0);
