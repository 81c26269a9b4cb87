import { ensureBuild } from '../../testing/production.ts';
import { measure, ratio } from '../frontDoor/measure.ts';
import { forked, pin } from '../frontDoor/processes.ts';
import { MEASURED, SENT, type Target } from '../frontDoor/targets.ts';
import { startMeasured, startUpstreams } from '../growth/door.ts';
import { table } from '../lib/report.ts';
import { number, spread, summary } from '../lib/stats.ts';
import { signIn } from '../load/stopping.ts';
import { leaveNobody } from '../peers/leaveNobody.ts';
import { protections } from './protections.ts';
import { mintCookies } from './seals.ts';

/*
 * CPU time of a proxied GET by the front door, while one works on it. It needs no package of bench/, and writes nothing.
 *
 *   node bench/server/cpu.ts                                             beside the least that forwards a request
 *   CPU_BEFORE=../before CPU_CONNECTIONS=50 node bench/server/cpu.ts     beside the front door of another checkout
 *   CPU_PROTECTIONS=1 CPU_CONNECTIONS=50 node bench/server/cpu.ts        what each protection of the proxy costs
 */
const rounds = Number(process.env['CPU_ROUNDS'] ?? 21);
const connections = (process.env['CPU_CONNECTIONS'] ?? '1,50,200').split(',').map(Number);
const before = process.env['CPU_BEFORE'];
const [THROUGH, DOOR] = ['pass-through', 'front door'];
/** More than the app keeps opened, in a circle: it finds none of them. */
const FRESH_COOKIES = 10_500;

leaveNobody();
await ensureBuild();
const [upstreamUrl = ''] = await startUpstreams(1);
const env = { UPSTREAM_CONCURRENCY_PER_SESSION: '1000' };
const targets: Target[] = [];

async function add(name: string, command: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const { instance, target } = await startMeasured(name, upstreamUrl, { command, env: { ...env, ...more } });
  targets.push({ ...target, headers: { ...SENT, Cookie: await signIn(instance.url) } });
}

await add(DOOR, ['scripts/start.ts']);
const [door] = targets;
const through = await forked(`${import.meta.dirname}/through.ts`, { UPSTREAM_URL: upstreamUrl });
pin(through.pid, MEASURED);
targets.push({ ...door!, ...through, name: THROUGH, url: `${through.url}/api/upstream/notes` });
targets.push({
  ...door!,
  name: 'front door, never-seen cookies',
  headers: SENT,
  cookies: await mintCookies(FRESH_COOKIES),
});
if (before) await add('before', [`${before}/scripts/start.ts`]);
if (process.env['CPU_PROTECTIONS'])
  for (const left of [...protections, protections.join(',')]) {
    const name = left.includes(',') ? 'without all of them' : `without ${left}`;
    await add(name, ['--import', './bench/server/protections.ts', 'scripts/start.ts'], { WITHOUT: left });
  }

for (const one of await measure(targets, { connections, rounds, sampleMs: 150 })) {
  const over = (name: string, under: string) =>
    name === under ? '1' : spread(ratio(one, name, under, 'us'));
  const rows = Object.entries(one.samples).map(([name, samples]) => {
    const middle = (what: 'us' | 'perSecond') =>
      number(summary(samples.map((sample) => sample[what])).median, 0);
    return [name, middle('us'), over(name, THROUGH), over(name, DOOR), middle('perSecond')];
  });
  const head = [`${one.connections} connections`, 'CPU µs', '÷ pass-through', '÷ front door', 'requests/s'];
  console.log(`\n${table(head, rows)}`);
}
process.exit(0);
