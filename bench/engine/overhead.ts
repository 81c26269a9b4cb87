import type { AxiosInstance } from 'axios';
import { table } from '../lib/report.ts';
import { interleave, number, ratios, spread, summary, timed } from '../lib/stats.ts';
import { withEngine, type Ground } from './instances.ts';

interface Size {
  readonly requests: number;
  readonly rounds: number;
}

/** A block of requests one after another: what is compared is the time of whole blocks, taken in turns. */
async function block(http: AxiosInstance, requests: number): Promise<number> {
  return timed(async () => {
    for (let sent = 0; sent < requests; sent += 1) await http.get('/api/notes');
  });
}

export async function overhead(ground: Ground, { requests, rounds }: Size) {
  const bare = ground.instance();
  const again = ground.instance();
  const attached = withEngine(ground.instance());
  const listening = withEngine(ground.instance(), true);
  const run = (http: AxiosInstance) => () => block(http, requests);
  const work = { bare: run(bare), again: run(again), attached: run(attached), listening: run(listening) };
  await interleave(work, 4); // warm
  const measured = await interleave(work, rounds);
  const over = (name: 'again' | 'attached' | 'listening') => summary(ratios(measured[name], measured.bare));
  const eachUs = (summary(measured.bare).median / requests) * 1000;
  return {
    ground: ground.name,
    requests,
    rounds,
    eachUs,
    again: over('again'),
    attached: over('attached'),
    listening: over('listening'),
    raw: measured,
  };
}

export type Overhead = Awaited<ReturnType<typeof overhead>>;

export function overheadTable(all: readonly Overhead[]): string {
  return table(
    [
      'a request that does not expire',
      'without',
      'engine ÷ without',
      'with a listener ÷ without',
      'without ÷ without',
    ],
    all.map(({ ground, eachUs, attached, listening, again, rounds, requests }) => [
      `${ground === 'socket' ? 'real socket' : 'adapter in the process'} (${rounds} rounds of ${requests})`,
      `${number(eachUs, 1)} µs`,
      spread(attached, 3),
      spread(listening, 3),
      spread(again, 3),
    ]),
  );
}
