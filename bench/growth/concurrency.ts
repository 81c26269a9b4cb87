import { table } from '../lib/report.ts';
import { number, ratios, spread, summary, turnOf } from '../lib/stats.ts';
import type { App } from '../server/app.ts';
import { startGenerator } from '../server/generator.ts';
import type { Load } from '../server/load.ts';

const TARGETS = { session: 'upstream/notes', through: 'through/notes' } as const;
type Target = keyof typeof TARGETS;

type Sample = Load & { readonly cpuUs: number };

export interface ConcurrencyPlan {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
}

/** What one request costs while so many are under way; beside it, what a bare pass-through takes for it. */
export async function concurrency(app: App, { connections, rounds, seconds }: ConcurrencyPlan) {
  const { newest } = await app.login();
  const generator = startGenerator();
  const sample = async (target: Target, count: number, duration: number): Promise<Sample> => {
    const headers = { 'X-Reseal': '1', Cookie: newest };
    const url = `${app.url}/api/${TARGETS[target]}`;
    const before = app.cpuMs() ?? NaN;
    const load = await generator.fire({ url, connections: count, seconds: duration, headers });
    if (load.failures > 0) throw new Error(`${target}: ${load.failures} requests failed`);
    return { ...load, cpuUs: (((app.cpuMs() ?? NaN) - before) * 1000) / load.requests };
  };
  const names = Object.keys(TARGETS) as Target[];
  for (const name of names) await sample(name, 20, 2);
  const cells = connections.flatMap((count) => names.map((name) => ({ name, count })));
  const samples = cells.map((cell) => ({ ...cell, loads: [] as Sample[] }));
  for (let round = 0; round < rounds; round += 1)
    for (const cell of turnOf(samples, round)) cell.loads.push(await sample(cell.name, cell.count, seconds));
  generator.stop();
  return samples;
}

export function concurrencyTable(samples: Awaited<ReturnType<typeof concurrency>>): string {
  const of = (name: Target, count: number) =>
    samples.find((one) => one.name === name && one.count === count)!.loads;
  const counts = samples.filter(({ name }) => name === 'session').map(({ count }) => count);
  const cpu = (count: number) => of('session', count).map(({ cpuUs }) => cpuUs);
  const speed = (name: Target, count: number) => of(name, count).map(({ perSecond }) => perSecond);
  const middle = (values: readonly number[]) => number(summary(values).median, 0);
  const rows = counts.map((count) => [
    number(count, 0),
    middle(speed('session', count)),
    spread(summary(ratios(speed('session', count), speed('through', count)))),
    middle(of('session', count).map(({ p50Ms }) => p50Ms)),
    middle(of('session', count).map(({ p99Ms }) => p99Ms)),
    middle(cpu(count)),
    spread(summary(ratios(cpu(count), cpu(counts[0]!)))),
  ]);
  const head = [
    'at once',
    'requests/s',
    '÷ bare pass-through',
    'p50 ms',
    'p99 ms',
    'CPU µs each',
    '÷ one at a time',
  ];
  return table(head, rows);
}
