import { freePort, startRedis } from '../testing/redisServer.ts';
import {
  ensureBuild,
  productionEnvironment,
  run,
  startInstance,
  type Instance,
} from '../testing/production.ts';
import { until } from '../testing/until.ts';
import { leave, press, proxied, read, refreshed, signIn } from './instances/load.ts';
import { costOf, countOf, memoryByKind, type RedisCost } from './instances/redisCost.ts';
import { saveResults, setting, table, writeSection } from './lib/report.ts';

process.chdir(`${import.meta.dirname}/..`);

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SESSIONS = 24;
const CALLS = { read, proxied, refreshed };
type CallName = keyof typeof CALLS;

interface Arrangement {
  readonly name: string;
  readonly instances: readonly Instance[];
  readonly hasRedis: boolean;
}

interface Measurement {
  readonly arrangement: string;
  readonly call: CallName;
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly redis: RedisCost | null;
}

await ensureBuild();
const redis = await startRedis();
const upstreamPort = await freePort();
const upstreamUrl = `http://127.0.0.1:${upstreamPort}`;
const upstream = run(['upstream/main.ts'], {
  UPSTREAM_PORT: `${upstreamPort}`,
  UPSTREAM_DATABASE: ':memory:',
  UPSTREAM_ACCESS_TTL_SECONDS: '3600',
});
await until(async () => (await fetch(upstreamUrl).catch(() => null)) !== null, { what: 'the upstream' });

const env = { ...productionEnvironment(upstreamUrl, 'http://localhost:3000'), LOG_LEVEL: 'warn' };
const alone = await startInstance(env);
const three = await Promise.all([1, 2, 3].map(() => startInstance({ ...env, REDIS_URL: redis.url })));
const arrangements: Arrangement[] = [
  { name: '1, in memory', instances: [alone], hasRedis: false },
  ...[1, 2, 3].map((n) => ({ name: `${n}, over Redis`, instances: three.slice(0, n), hasRedis: true })),
];

async function measure({ name, instances, hasRedis }: Arrangement, call: CallName): Promise<Measurement> {
  const sessions = await signIn(instances.map(({ url }) => url), SESSIONS); // prettier-ignore
  await press(sessions, CALLS[call], 0.5);
  const cpuMs = () => instances.reduce((sum, one) => sum + one.cpuMs(), 0);
  const [cpuBefore, countBefore] = [cpuMs(), await countOf(redis)];
  const { requests, perSecond } = await press(sessions, CALLS[call], SECONDS);
  const [cpuAfter, countAfter] = [cpuMs(), await countOf(redis)];
  await leave(sessions);
  return {
    arrangement: name,
    call,
    perSecond,
    cpuUs: ((cpuAfter - cpuBefore) * 1000) / requests,
    redis: hasRedis ? costOf(countBefore, countAfter, requests) : null,
  };
}

const measured: Measurement[] = [];
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const call of Object.keys(CALLS) as CallName[]) {
    for (const arrangement of arrangements) {
      const one = await measure(arrangement, call);
      // The first round only warms up.
      if (round > 0) measured.push(one);
    }
  }
}
const memory = await memoryByKind(redis);

const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN;
const of = (arrangement: string, call: CallName) =>
  measured.filter((one) => one.arrangement === arrangement && one.call === call);
const base = arrangements[0]!.name;
/** Ratios within a round: what else runs on the machine is then on both sides. */
const ratio = (name: string, call: CallName, what: 'perSecond' | 'cpuUs') =>
  median(of(name, call).map((one, round) => one[what] / of(base, call)[round]![what]));

const rows = (Object.keys(CALLS) as CallName[]).flatMap((call) =>
  arrangements.map(({ name }) => [
    call,
    name,
    Math.round(median(of(name, call).map(({ perSecond }) => perSecond))).toString(),
    ratio(name, call, 'perSecond').toFixed(2),
    Math.round(median(of(name, call).map(({ cpuUs }) => cpuUs))).toString(),
    ratio(name, call, 'cpuUs').toFixed(2),
  ]),
);
const costRows = (Object.keys(CALLS) as CallName[]).map((call) => {
  const { redis: cost } = of('1, over Redis', call).at(-1)!;
  const commands = Object.entries(cost!.commands).map(([name, n]) => `${name} ${n.toFixed(2)}`);
  return [call, commands.join(', '), `${cost!.bytesIn}`, `${cost!.bytesOut}`, `${cost!.cpuUs}`];
});
const markdown = [
  '## Instances and Redis',
  setting('next', 'redis', 'iron-session'),
  table(['call', 'instances', 'per second', 'ratio', 'CPU µs of the instances', 'ratio'], rows),
  `Instances, Redis, upstream and load generator share the machine, so that a second instance takes its CPU from the others: what carries over to other machines is the CPU per call. Ratios are medians of ${ROUNDS} rounds, each against the first line of the same round.`,
  table(['call', 'Redis commands', 'bytes in', 'bytes out', 'CPU µs of Redis'], costRows),
  table(['key', 'bytes of memory'], Object.entries(memory).map(([kind, bytes]) => [kind, `${bytes}`])), // prettier-ignore
].join('\n\n');
console.log(markdown);
saveResults('instances', { measured, memory });
writeSection('instances', markdown);
await Promise.all([alone, ...three].map((one) => one.stop()));
await upstream.kill();
await redis.close();
process.exit(0);
