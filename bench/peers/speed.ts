import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../lib/report.ts';
import { number, ratios, spread, summary, turnOf } from '../lib/stats.ts';
import { startGenerator } from '../server/generator.ts';
import type { Load, LoadPlan } from '../server/load.ts';
import { PASS_THROUGH, RESEAL, type Target } from './targets.ts';

type Sample = Load & { readonly cpuUs: number };

export interface Speed {
  readonly connections: number;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** Asks every target in turns, each round in another order. */
export async function speed(targets: readonly Target[], { connections, rounds, seconds }: LoadPlan) {
  const generator = startGenerator();
  const sample = async (target: Target, count: number): Promise<Sample> => {
    const { url, headers } = target;
    const before = target.cpuMs();
    const load = await generator.fire({ url, connections: count, seconds, headers });
    const cpuUs = ((target.cpuMs() - before) * 1000) / load.requests;
    if (load.failures >= load.requests)
      throw new Error(`${target.name}: ${load.failures} of ${load.requests} requests failed`);
    await rest(target);
    return { ...load, cpuUs };
  };
  for (const target of targets) await sample(target, 20);
  const all: Speed[] = [];
  for (const count of connections) {
    const samples = Object.fromEntries(targets.map(({ name }) => [name, [] as Sample[]]));
    for (let round = 0; round < rounds; round += 1)
      for (const target of turnOf(targets, round)) samples[target.name]?.push(await sample(target, count));
    all.push({ connections: count, samples });
    const medians = targets.map(({ name }) => `${name} ${number(middle(samples[name], 'perSecond'), 0)}/s`);
    console.log(`${count} connections: ${medians.join(', ')}`);
  }
  generator.stop();
  return all;
}

/** Waits for what the generator left behind when it hung up: the next one's turn is not to pay for it. */
async function rest({ cpuMs }: Target): Promise<void> {
  for (let tries = 0; tries < 30; tries += 1) {
    const before = cpuMs();
    await pause(100);
    if (!(cpuMs() - before > 20)) return;
  }
}

const middle = (samples: readonly Sample[] = [], what: keyof Sample) =>
  summary(samples.map((one) => one[what])).median;

/** The peers that do the whole job, from the fastest down. */
function ranking({ samples }: Speed, targets: readonly Pick<Target, 'name' | 'isPeer'>[]): string[] {
  const speedOf = (name: string) => middle(samples[name], 'perSecond');
  const peers = targets.filter(({ isPeer }) => isPeer).map(({ name }) => name);
  return peers.sort((a, b) => speedOf(b) - speedOf(a));
}

export function speedTable(
  all: readonly Speed[],
  targets: readonly Pick<Target, 'name' | 'isPeer'>[],
): string {
  const parts = all.map((one) => {
    const { connections, samples } = one;
    const over = (name: string, under: string) => {
      const [top, bottom] = [name, under].map((key) => samples[key]?.map(({ perSecond }) => perSecond) ?? []);
      return name === under ? '1' : spread(summary(ratios(top ?? [], bottom ?? [])));
    };
    const rows = targets.map(({ name }) => [
      name,
      number(middle(samples[name], 'perSecond'), 0),
      over(RESEAL, name),
      over(name, PASS_THROUGH),
      number(middle(samples[name], 'p50Ms'), 0),
      number(middle(samples[name], 'p99Ms'), 0),
      number(middle(samples[name], 'cpuUs'), 0),
    ]);
    const [best = ''] = ranking(one, targets);
    const head = [
      `${connections} ${connections === 1 ? 'connection' : 'connections'}`,
      'requests/s',
      'Reseal ÷ it',
      'it ÷ pass-through',
      'p50 ms',
      'p99 ms',
      'CPU µs a request',
    ];
    const failing = targets.flatMap(({ name }) => {
      const failures = (samples[name] ?? []).reduce((sum, sample) => sum + sample.failures, 0);
      return failures > 0 ? ` ${number(failures, 0)} requests failed: ${name}.` : [];
    });
    return `${table(head, rows)}\n\nThe best peer that refreshes is ${best}: Reseal ÷ it is ${over(RESEAL, best)}.${failing.join('')}`;
  });
  return parts.join('\n\n');
}
