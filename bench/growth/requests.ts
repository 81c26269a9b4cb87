import { startLoad } from '../frontDoor/measure.ts';
import { cpuUsOf, residentBytesOf } from '../frontDoor/processes.ts';
import type { Target } from '../frontDoor/targets.ts';
import { table } from '../lib/report.ts';
import { number, ratios, spread, summary, turnOf } from '../lib/stats.ts';
import type { RawLoad } from '../server/rawLoad.ts';
import { mintCookies } from '../server/seals.ts';
import { startBare, startMeasured, startUpstreams } from './door.ts';

/** As many people as there are connections at most: none comes near the limit of a session. */
const SESSIONS = 1000;
const LOOK_EVERY_MS = 20;
const MEGABYTE = 2 ** 20;

type Sample = RawLoad & { readonly us: number; readonly mostMb: number };

interface Cell {
  readonly target: Target;
  readonly connections: number;
  readonly samples: Sample[];
}

/** What one request costs while so many are under way, and what a bare forwarder takes for it. */
export async function requestsAtOnce(connections: readonly number[], rounds: number, sampleMs: number) {
  const [upstreamUrl = ''] = await startUpstreams(1);
  const [door, bare] = [await startMeasured('door', upstreamUrl), await startBare(upstreamUrl)];
  const cookies = await mintCookies(SESSIONS);
  const load = startLoad();
  const sample = async ({ url, headers, pid }: Target, count: number, requests: number): Promise<Sample> => {
    let most = 0;
    const look = setInterval(() => (most = Math.max(most, residentBytesOf(pid))), LOOK_EVERY_MS);
    const before = cpuUsOf(pid);
    const measured = await load.fire({ url, headers, connections: count, requests, cookies });
    clearInterval(look);
    return { ...measured, us: (cpuUsOf(pid) - before) / requests, mostMb: most / MEGABYTE };
  };
  const targets = [door.target, bare.target];
  // Every session is opened once, and the heap has grown to what any load takes.
  for (const target of targets) await sample(target, 1000, 5000);
  const cells: Cell[] = connections.flatMap((count) =>
    targets.map((target) => ({ target, connections: count, samples: [] })),
  );
  const rates = new Map<Target, number>();
  for (const target of targets) rates.set(target, (await sample(target, 50, 2000)).perSecond);
  for (let round = 0; round < rounds; round += 1)
    for (const cell of turnOf(cells, round)) {
      const requests = Math.max(2 * cell.connections, (rates.get(cell.target)! * sampleMs) / 1000);
      cell.samples.push(await sample(cell.target, cell.connections, Math.ceil(requests)));
    }
  load.stop();
  await Promise.all([door, bare].map(({ instance }) => instance.kill()));
  return cells.map((cell) => ({ ...cell, target: cell.target.name }));
}

export function requestsTable(cells: Awaited<ReturnType<typeof requestsAtOnce>>): string {
  const own = cells.filter(({ target }) => target === 'door');
  const us = (samples: readonly Sample[]) => samples.map((sample) => sample.us);
  const rows = own.map(({ connections, samples }) => {
    const bare = cells.find((one) => one.target !== 'door' && one.connections === connections)!.samples;
    const middle = (what: keyof Sample, digits = 0) =>
      number(summary(samples.map((sample) => sample[what])).median, digits);
    const failures = [...samples].reduce((sum, sample) => sum + sample.failures, 0);
    return [
      number(connections, 0),
      middle('us'),
      spread(summary(ratios(us(samples), us(bare)))),
      samples === own[0]!.samples ? '1' : spread(summary(ratios(us(samples), us(own[0]!.samples)))),
      middle('perSecond'),
      middle('p50Ms', 1),
      middle('p99Ms', 1),
      middle('mostMb'),
      number(failures, 0),
    ];
  });
  const head = [
    'at once', 'CPU µs a request', 'CPU ÷ bare', 'CPU ÷ one at a time', 'requests/s', 'p50 ms', 'p99 ms', 'most memory, MB', 'failed',
  ]; // prettier-ignore
  return table(head, rows);
}
