import { ensureBuild, productionEnvironment, startInstance, type Instance } from '../testing/production.ts';
import { startRedis } from '../testing/redisServer.ts';
import { cpuUsOf, forked } from './frontDoor/processes.ts';
import { leave, press, proxied, read, refreshed, signIn } from './instances/load.ts';
import { costOf, countOf, memoryByKind, type RedisCost } from './instances/redisCost.ts';
import { report, table } from './lib/report.ts';
import { leaveNobody } from './peers/leaveNobody.ts';

process.chdir(`${import.meta.dirname}/..`);

const isSmoke = process.env['BENCH_SMOKE'] === '1';
const ROUNDS = isSmoke ? 1 : 4;
const AT_ONCE = 24;
/** People of one sample, each with a session that has not been refreshed before: what follows in quick succession is limited. */
const PEOPLE = isSmoke ? 48 : 480;
/** Calls of each session in one sample. */
const TIMES = { read: 5, proxied: 5, refreshed: 1 };
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

leaveNobody();
await ensureBuild();
const redis = await startRedis();
const { url: upstreamUrl } = await forked(`${import.meta.dirname}/server/upstream.ts`);

const env = { ...productionEnvironment(upstreamUrl, 'http://localhost:3000'), LOG_LEVEL: 'error' };
const alone = await startInstance(env);
const three = await Promise.all([1, 2, 3].map(() => startInstance({ ...env, REDIS_URL: redis.url })));
const arrangements: Arrangement[] = [
  { name: '1, its session file', instances: [alone], hasRedis: false },
  ...[1, 2, 3].map((n) => ({ name: `${n}, over Redis`, instances: three.slice(0, n), hasRedis: true })),
];

async function measure({ name, instances, hasRedis }: Arrangement, call: CallName): Promise<Measurement> {
  const sessions = await signIn(instances.map(({ url }) => url), PEOPLE, AT_ONCE); // prettier-ignore
  const cpuUs = () => instances.reduce((sum, { pid }) => sum + cpuUsOf(pid), 0);
  const [cpuBefore, countBefore] = [cpuUs(), await countOf(redis)];
  const plan = { times: TIMES[call], atOnce: AT_ONCE };
  const { requests, perSecond } = await press(sessions, CALLS[call], plan);
  const [cpuAfter, countAfter] = [cpuUs(), await countOf(redis)];
  await leave(sessions);
  return {
    arrangement: name,
    call,
    perSecond,
    cpuUs: (cpuAfter - cpuBefore) / requests,
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
const shares = `*read* is \`GET /api/user\`, *proxied* a call through the proxy, *refreshed* a whole refresh by \`POST /api/user\`, each through the front door of \`npm start\`, by ${PEOPLE} people who have signed in once. Instances, Redis, upstream and load generator share the machine, so that a second instance takes its CPU from the others: what carries over to other machines is the CPU per call. Ratios are medians of ${ROUNDS} rounds, each against the first line of the same round.`;
report('instances', {
  title: '## Instances and Redis',
  packages: ['next', 'redis', 'iron-session'],
  raw: { measured, memory },
  markdown: [
    table(['call', 'instances', 'per second', 'ratio', 'CPU µs of the instances', 'ratio'], rows),
    table(['call', 'Redis commands', 'bytes in', 'bytes out', 'CPU µs of Redis'], costRows),
    table(['key', 'bytes of memory'], Object.entries(memory).map(([kind, bytes]) => [kind, `${bytes}`])), // prettier-ignore
  ].join('\n\n'),
  notes: `\`npm run bench -- instances\`. ${shares} Commands inside of scripts are counted with them. Access tokens have 800 characters.`,
});
await Promise.all([alone, ...three].map((one) => one.stop()));
await redis.close();
process.exit(0);
