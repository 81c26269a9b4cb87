import { setTimeout as pause } from 'node:timers/promises';
import { ensureBuild, productionEnvironment, startInstance } from '../testing/production.ts';
import { startRedis } from '../testing/redisServer.ts';
import { forked, residentBytesOf } from './frontDoor/processes.ts';
import { saveResults, setting, table, writeSection } from './lib/report.ts';
import { number } from './lib/stats.ts';
import {
  aborts,
  downloads,
  eventStreams,
  MEGABYTE,
  requests,
  slowReaders,
  uploads,
  type Work,
} from './load/calls.ts';
import { signIn, stopsUnderLoad } from './load/stopping.ts';
import { leaveNobody } from './peers/leaveNobody.ts';

/* What the front door holds in memory while it carries long bodies and many connections, and what a stop loses. */

const WORK: Readonly<Record<string, Work>> = {
  'an upload of 256 MB': uploads(1, 256),
  '16 uploads of 32 MB at once': uploads(16, 32),
  'a download of 256 MB': downloads(1, 256),
  '16 downloads of 32 MB at once': downloads(16, 32),
  '300 event streams': eventStreams(300, 4000),
  '300 readers of 64 MB who read nothing more': slowReaders(300, 4000),
  '2,000 downloads left in the middle, 50 at once': aborts(2000, 50),
  '1,000 connections, 10 requests each': requests(1000, 10),
};

interface Row {
  readonly what: string;
  readonly failed: number;
  readonly seconds: number;
  readonly mostMb: number;
  readonly afterMb: number;
}

leaveNobody();
await ensureBuild();
const upstream = await forked(`${import.meta.dirname}/load/upstream.ts`);
const env = {
  ...productionEnvironment(upstream.url, 'http://127.0.0.1'),
  LOG_LEVEL: 'error',
  UPSTREAM_CONCURRENCY_PER_SESSION: '2000',
};
const door = await startInstance(env);
const client = { url: door.url, cookie: await signIn(door.url) };
const megabytes = () => residentBytesOf(door.pid) / MEGABYTE;
// Its heap has grown to what any load takes before anything is compared.
await requests(200, 50)(client);
await pause(1000);
const idleMb = megabytes();

const rows: Row[] = [];
for (const [what, work] of Object.entries(WORK)) {
  let mostMb = 0;
  const look = setInterval(() => (mostMb = Math.max(mostMb, megabytes())), 20);
  const startedMs = performance.now();
  const failed = await work(client);
  const seconds = (performance.now() - startedMs) / 1000;
  clearInterval(look);
  await pause(500);
  rows.push({ what, failed, seconds, mostMb, afterMb: megabytes() });
  console.log(rows.at(-1));
}
await door.kill();

const redis = await startRedis();
const stopped = await stopsUnderLoad(env, redis, 4);
await redis.close();
console.log(stopped);

saveResults('load', { idleMb, rows, stopped });
const markdown = table(
  ['load', 'failed', 'seconds', 'most memory, MB above idle', 'half a second later'],
  rows.map(({ what, failed, seconds, mostMb, afterMb }) => [
    what,
    number(failed, 0),
    number(seconds, 1),
    number(mostMb - idleMb, 0),
    number(afterMb - idleMb, 0),
  ]),
);
const notes = `\`npm run bench -- load\`. One process of \`npm start\`, in this order; idle, after 10,000 requests that warm it up, it holds ${number(idleMb, 0)} MB. The memory is what the operating system counts, looked at every 20 ms.

**Stopped under load.** Two instances over one Redis behind a balancer that asks \`/api/health?ready\` every 0.1 s; one is sent \`SIGTERM\` and replaced, ${stopped.stops} times, while 20 clients ask without a pause: **${number(stopped.failed, 0)} of ${number(stopped.sent, 0)} requests failed**.`;
writeSection(
  'load',
  ['## Long bodies and many connections', setting('next', 'undici'), markdown, notes].join('\n\n'),
);
process.exit(0);
