import { fork } from 'node:child_process';
import { table } from '../lib/report.ts';
import { number, ratios, spread, summary, turnOf } from '../lib/stats.ts';
import type { RawJob, RawLoad } from '../server/rawLoad.ts';
import { cpuUsOf } from './processes.ts';
import { NAMES, type Target } from './targets.ts';

export interface Plan {
  readonly connections: readonly number[];
  readonly rounds: number;
  /** How long one sample of one target takes, about. */
  readonly sampleMs: number;
}

export interface Sample {
  readonly us: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Measured {
  readonly connections: number;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** How long each target is asked before anything is measured, about. */
const WARM_SECONDS = 2;

/** The load generator, in a process of its own beside this one. */
export function startLoad() {
  const child = fork(`${import.meta.dirname}/../server/rawLoad.ts`);
  return {
    stop: () => child.disconnect(),
    fire: (job: RawJob) =>
      new Promise<RawLoad>((resolve, reject) => {
        child.once('message', (answer: RawLoad | { error: string }) =>
          'error' in answer ? reject(new Error(answer.error)) : resolve(answer),
        );
        child.send(job);
      }),
  };
}

/** Asks every target in turns, each round in another order; a sample is as many requests as take `sampleMs`. */
export async function measure(targets: readonly Target[], plan: Plan): Promise<Measured[]> {
  const load = startLoad();
  const used = new Map<string, number>();
  const cookiesFor = ({ name, cookies }: Target, count: number) => {
    if (!cookies) return {};
    const from = used.get(name) ?? 0;
    used.set(name, from + count);
    return {
      cookies: Array.from({ length: count }, (_, index) => cookies[(from + index) % cookies.length]!),
    };
  };
  const sample = async (target: Target, connections: number, requests: number): Promise<Sample> => {
    const { name, url, headers, pid, paths } = target;
    const before = cpuUsOf(pid);
    const { failures, ...measured } = await load.fire({
      url, headers, connections, requests, ...cookiesFor(target, requests), ...(paths && { paths }),
    }); // prettier-ignore
    if (failures > 0) throw new Error(`${name}: ${failures} of ${requests} requests failed`);
    return { us: (cpuUsOf(pid) - before) / requests, ...measured };
  };
  const rates = new Map<string, number>();
  for (const target of targets) {
    // Compiled as it will be: what is sampled at 50 connections was else still being optimised at the first rounds.
    const { perSecond } = await sample(target, 20, 400);
    await sample(target, 50, Math.ceil(perSecond * WARM_SECONDS));
    rates.set(target.name, (await sample(target, 20, 400)).perSecond);
  }
  const all: Measured[] = [];
  for (const connections of plan.connections) {
    const samples = Object.fromEntries(targets.map(({ name }) => [name, [] as Sample[]]));
    for (let round = 0; round < plan.rounds; round += 1)
      for (const target of turnOf(targets, round)) {
        const requests = Math.max(
          2 * connections,
          Math.ceil((rates.get(target.name)! * plan.sampleMs) / 1000),
        );
        samples[target.name]!.push(await sample(target, connections, requests));
      }
    all.push({ connections, samples });
  }
  load.stop();
  return all;
}

/** One median: the front door's requests per second, or CPU time, over those of another in the same rounds. */
export function ratio({ samples }: Measured, over: string, under: string, what: keyof Sample) {
  const of = (name: string) => samples[name]?.map((one) => one[what]) ?? [];
  return summary(ratios(of(over), of(under)));
}

/** The peers that refresh, from the fastest down: what is neither ours nor a limit. */
export function fastestPeer({ samples }: Measured): string | undefined {
  const others = new Set<string>(Object.values(NAMES));
  const speedOf = (name: string) => summary(samples[name]!.map(({ perSecond }) => perSecond)).median;
  return Object.keys(samples)
    .filter((name) => !others.has(name))
    .sort((a, b) => speedOf(b) - speedOf(a))[0];
}

export function frontDoorTable(all: readonly Measured[]): string {
  return all
    .map((one) => {
      const rows = Object.entries(one.samples).map(([name, samples]) => {
        const middle = (what: keyof Sample) => summary(samples.map((sample) => sample[what])).median;
        return [
          name,
          number(middle('perSecond'), 0),
          name === NAMES.door ? '1' : spread(ratio(one, NAMES.door, name, 'perSecond')),
          number(middle('us'), 0),
          name === NAMES.through ? '1' : spread(ratio(one, name, NAMES.through, 'us')),
          name === NAMES.door ? '1' : spread(ratio(one, name, NAMES.door, 'us')),
        ];
      });
      const title = `${one.connections} ${one.connections === 1 ? 'connection' : 'connections'}`;
      return table(
        [title, 'requests/s', 'Reseal ÷ it', 'CPU µs a request', 'CPU ÷ bare node:http', 'CPU ÷ Reseal'],
        rows,
      );
    })
    .join('\n\n');
}
