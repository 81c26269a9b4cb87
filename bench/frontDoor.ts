import { spawnSync } from 'node:child_process';
import { ensureBuild } from '../testing/production.ts';
import { debianVersion } from './frontDoor/native.ts';
import { frontDoorTable, measure } from './frontDoor/measure.ts';
import { openTargets } from './frontDoor/targets.ts';
import { saveResults, setting, writeSection } from './lib/report.ts';
import { buildPeerApp } from './peers/apps.ts';
import { leaveNobody } from './peers/leaveNobody.ts';
import { buildApp } from './server/app.ts';

/*
 * A proxied GET with a session: the front door of `npm start` beside the least that forwards a request, Next's own
 * doors, the fastest peers, and servers that are not JavaScript. What is measured has one core, all around it the other.
 */
const isQuick = process.env['BENCH_QUICK'] === '1';

leaveNobody();
await ensureBuild();
buildApp({ again: false });
for (const app of ['nextAuth4', 'ironSession']) buildPeerApp(app, { again: false });

const { targets, close } = await openTargets({ peers: true, native: !isQuick });
const plan = isQuick
  ? { connections: [50], rounds: 5, sampleMs: 300 }
  : { connections: [1, 50, 200], rounds: 7, sampleMs: 450 };
const measured = await measure(targets, plan);
await close();
const markdown = frontDoorTable(measured);
console.log(`\n${markdown}`);
saveResults(isQuick ? 'frontDoor-quick' : 'frontDoor', measured);
if (!isQuick) {
  const isPinned = spawnSync('taskset', ['--version']).status === 0;
  const native = ['nginx', 'apache2', 'libapache2-mod-auth-openidc'].map(
    (name) => `${name} ${debianVersion(name)}`,
  );
  const notes = `\`npm run bench -- frontDoor\`. All stand before one upstream that answers 1 KB of JSON. ${isPinned ? 'Each has one core while it is measured, and the load generator and the upstream the other' : 'There is no taskset here, so nothing was bound to a core'}. CPU is that of the process with its threads and children. *Reseal ÷ it* compares requests per second of the same round; CPU is what carries over, also from a machine that others use. *Each cookie seen for the first time*: 10,500 sessions in a circle, of which the process keeps 10,000 opened. Apache has one process of 256 threads; its session in Redis costs Redis besides, which is not counted.`;
  const head = [
    '## The front door',
    `${setting('next', 'undici', 'next-auth', 'iron-session')} ${native.join(', ')}.`,
  ];
  writeSection('frontDoor', [...head, markdown, notes].join('\n\n'));
}
process.exit(0);
