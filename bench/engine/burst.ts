import type { AxiosInstance } from 'axios';
import { table } from '../lib/report.ts';
import { interleave, number, ratios, spread, summary, timed } from '../lib/stats.ts';
import { withEngine, type Ground } from './instances.ts';

const send = (http: AxiosInstance, count: number) =>
  Array.from({ length: count }, (_, index) => http.get(`/api/${index}`));

/** The least that must happen: every request fails once, one refresh, every request succeeds. */
async function ideal(http: AxiosInstance, count: number): Promise<void> {
  await Promise.allSettled(send(http, count));
  await http.post('/refresh', {});
  await Promise.all(send(http, count));
}

/** `rounds` by size: as many as fit the time. */
export async function burst(ground: Ground, rounds: Readonly<Record<number, number>>) {
  const bare = ground.instance();
  const attached = withEngine(ground.instance());
  const listening = withEngine(ground.instance(), true);
  const results = [];
  for (const [size, count] of Object.entries(rounds)) {
    const requests = Number(size);
    const run = (work: () => Promise<unknown>) => async () => {
      await ground.expire();
      return timed(work);
    };
    const work = {
      ideal: run(() => ideal(bare, requests)),
      engine: run(() => Promise.all(send(attached, requests))),
      listening: run(() => Promise.all(send(listening, requests))),
    };
    await interleave(work, requests > 1000 ? 1 : 3);
    const raw = await interleave(work, count);
    const [idealMs, engineMs] = [summary(raw.ideal), summary(raw.engine)];
    const ratio = summary(ratios(raw.engine, raw.ideal));
    const withListener = summary(ratios(raw.listening, raw.ideal));
    results.push({ requests, idealMs, engineMs, ratio, withListener, raw });
  }
  return { ground: ground.name, results };
}

export type Burst = Awaited<ReturnType<typeof burst>>;

export function burstTable(all: readonly Burst[]): string {
  const rows = all.flatMap(({ ground, results }) =>
    results.map(({ requests, idealMs, engineMs, ratio, withListener }) => [
      `${number(requests, 0)} × 401, ${ground === 'socket' ? 'real socket' : 'adapter'}`,
      `${number(idealMs.median, 1)} ms`,
      `${number(engineMs.median, 1)} ms`,
      spread(ratio),
      spread(withListener),
      String(ratio.runs),
    ]),
  );
  return table(['burst', 'ideal', 'engine', 'engine ÷ ideal', 'with a listener ÷ ideal', 'rounds'], rows);
}
