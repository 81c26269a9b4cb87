import { measure, ratio, type Measured } from '../frontDoor/measure.ts';
import { table } from '../lib/report.ts';
import { number, spread, summary } from '../lib/stats.ts';
import { mintCookies } from '../server/seals.ts';
import { startMeasured, startUpstreams } from './door.ts';

/** Named like the numbers of upstreams, so that the first is what the others are divided by. */
const nameOf = (count: number) => `${count} ${count === 1 ? 'upstream' : 'upstreams'}`;

/** The paths of the first upstream, and of so many others; each is a process of its own with connections of its own. */
function furtherUpstreams(urls: readonly string[]): Record<string, string> {
  const named = urls.flatMap((url, at) => [
    [`UPSTREAM_B${at}_URL`, url],
    [`UPSTREAM_B${at}_PATHS`, `/of/b${at}`],
    [`UPSTREAM_B${at}_TOKEN`, 'user'],
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

/** Calls spread over so many upstreams, in turns. */
export async function overUpstreams(counts: readonly number[], rounds: number, sampleMs: number) {
  const [first = '', ...others] = await startUpstreams(Math.max(...counts));
  const cookies = await mintCookies(100);
  const started = [];
  for (const count of counts)
    started.push(
      await startMeasured(nameOf(count), first, { env: furtherUpstreams(others.slice(0, count - 1)) }),
    );
  const targets = started.map(({ target }, index) => {
    const further = Array.from({ length: counts[index]! - 1 }, (_, at) => `/api/upstream/of/b${at}/notes`);
    return { ...target, cookies, paths: ['/api/upstream/notes', ...further] };
  });
  const measured = await measure(targets, { connections: [1, 50, 200], rounds, sampleMs });
  await Promise.all(started.map(({ instance }) => instance.kill()));
  return measured;
}

export function upstreamsTable(all: readonly Measured[]): string {
  const [first = ''] = Object.keys(all[0]?.samples ?? {});
  const rows = all.flatMap((one) =>
    Object.entries(one.samples).map(([name, samples]) => [
      `${one.connections}`,
      name,
      number(summary(samples.map(({ us }) => us)).median, 0),
      name === first ? '1' : spread(ratio(one, name, first, 'us')),
    ]),
  );
  return table(['connections', 'calls spread over', 'CPU µs a request', 'CPU ÷ one upstream'], rows);
}
