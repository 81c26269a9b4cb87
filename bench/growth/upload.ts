import { request, type IncomingMessage } from 'node:http';
import { table } from '../lib/report.ts';
import { number, ratios, spread, summary, turnOf } from '../lib/stats.ts';
import type { App } from '../server/app.ts';

const MEGABYTE = 2 ** 20;
const SAMPLE_EVERY_MS = 10;
const block = Buffer.alloc(64 * 1024, 'x');
const TARGETS = { session: 'upstream/notes', through: 'through/notes' } as const;
type Target = keyof typeof TARGETS;

interface Upload {
  readonly perSecond: number;
  /** How much the app's process grew while it lasted. */
  readonly grownBytes: number;
}

/** Sends so many bytes, no faster than they are taken, and watches the memory of the app's process. */
async function upload(app: App, target: Target, megabytes: number, cookie: string): Promise<Upload> {
  const call = request(`${app.url}/api/${TARGETS[target]}`, {
    method: 'POST',
    headers: { 'X-Reseal': '1', Cookie: cookie, 'Content-Length': megabytes * MEGABYTE },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    call.once('response', resolve).once('error', reject),
  );
  const before = app.rssBytes();
  let most = before;
  const sampler = setInterval(() => (most = Math.max(most, app.rssBytes())), SAMPLE_EVERY_MS);
  const startedAt = performance.now();
  for (let left = megabytes * MEGABYTE; left > 0; left -= block.length)
    if (!call.write(block)) await new Promise<void>((resolve) => call.once('drain', resolve));
  call.end();
  const answer = await answered;
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(sampler);
  answer.resume();
  if (answer.statusCode !== 200) throw new Error(`An upload was answered ${answer.statusCode}.`);
  return { perSecond: megabytes / seconds, grownBytes: most - before };
}

export async function uploads(app: App, sizes: readonly number[], rounds: number) {
  const { newest } = await app.login();
  const names = Object.keys(TARGETS) as Target[];
  // What the process keeps for its first upload it keeps for all.
  for (const name of names) await upload(app, name, 64, newest);
  const samples = sizes.flatMap((size) => names.map((name) => ({ name, size, uploads: [] as Upload[] })));
  for (let round = 0; round < rounds; round += 1)
    for (const sample of turnOf(samples, round))
      sample.uploads.push(await upload(app, sample.name, sample.size, newest));
  return samples;
}

export function uploadTable(samples: Awaited<ReturnType<typeof uploads>>): string {
  const of = (name: Target, size: number) =>
    samples.find((one) => one.name === name && one.size === size)!.uploads;
  const speed = (name: Target, size: number) => of(name, size).map(({ perSecond }) => perSecond);
  const grown = (name: Target, size: number) =>
    spread(summary(of(name, size).map(({ grownBytes }) => grownBytes / MEGABYTE)), 1);
  const sizes = samples.filter(({ name }) => name === 'session').map(({ size }) => size);
  const rows = sizes.map((size) => [
    `${size} MB`,
    number(summary(speed('session', size)).median, 0),
    spread(summary(ratios(speed('session', size), speed('through', size)))),
    grown('session', size),
    grown('through', size),
  ]);
  const head = ['upload', 'MB/s', '÷ bare pass-through', 'MB the process grew', 'the pass-through’s'];
  return table(head, rows);
}
