import { ensureBuild } from '../testing/production.ts';
import { doorsTable } from './doors/table.ts';
import { DOORS, openDoors } from './doors/targets.ts';
import { measure } from './frontDoor/measure.ts';
import { saveResults, setting, writeSection } from './lib/report.ts';
import { leaveNobody } from './peers/leaveNobody.ts';
import { buildApp } from './server/app.ts';

/*
 * A proxied GET with a session by every door of Reseal, each beside a handler of the same framework that forwards the
 * same GET. `BENCH_SMOKE=1` asks each a few times and writes nothing.
 */
const isSmoke = process.env['BENCH_SMOKE'] === '1';

leaveNobody();
await ensureBuild();
for (const folder of ['app', 'appRouter']) buildApp({ again: !isSmoke, folder });

const { targets, close } = await openDoors(DOORS);
const plan = isSmoke
  ? { connections: [20], rounds: 2, sampleMs: 100 }
  : { connections: [1, 50, 200], rounds: 8, sampleMs: 400 };
const measured = await measure(targets, plan);
await close();
const markdown = doorsTable(measured);
console.log(`\n${markdown}`);
saveResults(isSmoke ? 'doors-smoke' : 'doors', measured);
if (!isSmoke) {
  const head = ['## Doors', setting('next', 'undici', 'express', 'fastify', 'hono', '@hono/node-server')];
  const notes =
    '`npm run bench -- doors`, about three minutes with the builds. Each row is Reseal in one framework, mounted as [Doors](doors.md) shows it, and a handler of the same framework that forwards the same GET with a fixed `Authorization` header: with undici, and where the framework speaks `Request` and `Response` also with the global `fetch`, which is how its documentation does it. Each is a process of its own, all on the same one core; the load generator and the upstream have the other. The front door is divided by the bare node:http handler. Next compresses nothing here: it would compress the answers of bare routes alone.';
  writeSection('doors', [...head, markdown, notes].join('\n\n'));
}
process.exit(0);
