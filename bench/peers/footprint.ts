import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../lib/report.ts';
import { number, spread, summary, turnOf } from '../lib/stats.ts';
import { residentBytesOf } from '../frontDoor/processes.ts';
import { startGenerator } from '../server/generator.ts';
import type { Contender } from './contenders.ts';
import { firstLoadOf } from './firstLoad.ts';

export interface FootprintPlan {
  readonly starts: number;
  readonly loadSeconds: number;
}

export interface Footprint {
  readonly name: string;
  readonly startMs: readonly number[];
  readonly idleMb: readonly number[];
  /** The most that was seen under load. */
  readonly loadMb: number;
  readonly firstLoadKb: number;
}

const CONNECTIONS = 50;
const megabytes = (bytes: number) => bytes / 2 ** 20;

/** From the command to the first answer of a route that knows sessions; then a second of rest, and its memory. */
async function start({ start: begin, firstPath }: Contender) {
  const startedAt = performance.now();
  const instance = await begin();
  await (await fetch(instance.url + firstPath, { headers: { 'X-Reseal': '1' } })).arrayBuffer();
  const startMs = performance.now() - startedAt;
  await pause(1000);
  const idleMb = megabytes(residentBytesOf(instance.pid));
  const firstLoadKb = await firstLoadOf(`${instance.url}/`);
  await instance.kill();
  return { startMs, idleMb, firstLoadKb };
}

async function underLoad({ startSignedIn, loadPath, name }: Contender, seconds: number): Promise<number> {
  const { instance, cookie } = await startSignedIn();
  const generator = startGenerator();
  let most = 0;
  const look = setInterval(() => (most = Math.max(most, residentBytesOf(instance.pid))), 100);
  const headers = { 'X-Reseal': '1', Cookie: cookie };
  const url = instance.url + loadPath;
  const { failures } = await generator.fire({ url, connections: CONNECTIONS, seconds, headers });
  clearInterval(look);
  generator.stop();
  await instance.kill();
  if (failures > 0) console.warn(`${name}: ${failures} requests failed under load.`);
  return megabytes(most);
}

export async function footprints(all: readonly Contender[], { starts, loadSeconds }: FootprintPlan) {
  const runs = new Map(all.map(({ name }) => [name, [] as Awaited<ReturnType<typeof start>>[]]));
  for (let round = 0; round < starts; round += 1)
    for (const one of turnOf(all, round)) runs.get(one.name)?.push(await start(one));
  const found: Footprint[] = [];
  for (const one of all) {
    const own = runs.get(one.name) ?? [];
    found.push({
      name: one.name,
      startMs: own.map(({ startMs }) => startMs),
      idleMb: own.map(({ idleMb }) => idleMb),
      loadMb: await underLoad(one, loadSeconds),
      firstLoadKb: own[0]?.firstLoadKb ?? NaN,
    });
    console.log(JSON.stringify(found.at(-1)));
  }
  return found;
}

export const footprintTable = (all: readonly Footprint[], pages: Readonly<Record<string, number>>): string =>
  table(
    [
      '',
      'start to first answer, ms',
      'memory idle, MB',
      `most under ${CONNECTIONS} connections, MB`,
      'first load, KB gzip',
    ],
    [
      ...all.map(({ name, startMs, idleMb, loadMb, firstLoadKb }) => [
        name,
        spread(summary(startMs), 0),
        spread(summary(idleMb), 0),
        number(loadMb, 0),
        number(firstLoadKb, 1),
      ]),
      ...Object.entries(pages).map(([name, kb]) => [name, '–', '–', '–', number(kb, 1)]),
    ],
  );
