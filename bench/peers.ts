import { ensureBuild } from '../testing/production.ts';
import { debianVersion } from './frontDoor/native.ts';
import { saveResults, setting, writeSection } from './lib/report.ts';
import { buildPeerApp } from './peers/apps.ts';
import { correctness } from './peers/correctness.ts';
import { correctnessTable } from './peers/correctnessTable.ts';
import { openDeployments } from './peers/deployments.ts';
import { leaveNobody } from './peers/leaveNobody.ts';
import { livesOf, oneAtATime } from './peers/lives.ts';
import { CORRECTNESS_NOTES, READ_NOTES, SPEED_NOTES } from './peers/notes.ts';
import { openPageDeployments, PAGE_FOLDERS } from './peers/pages.ts';
import { PEERS } from './peers/peer.ts';
import { readSessions } from './peers/read.ts';
import { speed, speedTable } from './peers/speed.ts';
import { openTargets } from './peers/targets.ts';
import { buildApp, startApp } from './server/app.ts';
import { unsealTable } from './server/unseal.ts';

/** Every part once and short, with the builds that are there; nothing is written to docs/. */
const isSmoke = process.env['BENCH_SMOKE'] === '1';
const only = process.env['BENCH_ONLY'] ?? '';

interface Part {
  readonly title: string;
  readonly notes: string;
  measure(): Promise<{ readonly raw: unknown; readonly markdown: string }>;
}

const PARTS: Readonly<Record<string, Part>> = {
  race: {
    title: 'Under race',
    notes: CORRECTNESS_NOTES,
    async measure() {
      const deployments = await openDeployments();
      const races = await correctness(deployments, isSmoke ? 1 : 3);
      for (const deployment of deployments) await deployment.close();
      const pages = await openPageDeployments();
      const raw = [...races, ...(await livesOf(pages, isSmoke ? 2 : 20))];
      const alone = await oneAtATime(pages);
      for (const deployment of pages) await deployment.close();
      const names = deployments.map(({ name }) => name);
      return { raw, markdown: `${correctnessTable(names, raw)}\n\n${alone}` };
    },
  },
  speed: {
    title: 'A request with a session',
    notes: SPEED_NOTES,
    async measure() {
      const app = await startApp();
      const { targets, close } = await openTargets(app);
      const plan = isSmoke ? { rounds: 1, seconds: 0.5 } : { rounds: 4, seconds: 1.25 };
      const raw = await speed(targets, { connections: [1, 50, 200], ...plan });
      await close();
      app.stop();
      return { raw, markdown: speedTable(raw, targets) };
    },
  },
  read: {
    title: 'Reading a session',
    notes: READ_NOTES,
    async measure() {
      const raw = await readSessions(isSmoke ? 10 : 60);
      return { raw, markdown: unsealTable(raw) };
    },
  },
};

leaveNobody();
console.log('Building the apps.');
/** A part alone goes on with the builds that are there. */
const again = !isSmoke && only === '';
for (const app of ['bare', ...PEERS.map(({ folder }) => folder), ...PAGE_FOLDERS])
  buildPeerApp(app, { again });
buildApp({ again });
await ensureBuild();

let failed = false;
for (const [name, { title, notes, measure }] of Object.entries(PARTS)) {
  if (only !== '' && !only.split(',').includes(name)) continue;
  const startedAt = performance.now();
  try {
    const { raw, markdown } = await measure();
    saveResults(`peers-${name}${isSmoke ? '-smoke' : ''}`, raw);
    if (!isSmoke) writeSection(`peers-${name}`, [`### ${title}`, setting(), markdown, notes].join('\n\n'));
    console.log(`\n${markdown}`);
  } catch (error) {
    // What the other parts took minutes to find is not to be lost.
    failed = true;
    console.error(error);
  }
  console.log(`\n${title}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

if (!isSmoke) {
  const peers = PEERS.map((peer) => peer.package);
  const native = ['apache2', 'libapache2-mod-auth-openidc'].map((name) => `${name} ${debianVersion(name)}`);
  const versions = `${setting('next', ...peers, '@workos-inc/node', 'undici', 'autocannon')} ${native.join(', ')}.`;
  const command =
    '`npm run bench -- peers` (about twenty minutes, half of them the race); `BENCH_ONLY=race,speed,read` takes parts, with the builds that are there; `BENCH_SMOKE=1` runs everything once and short and writes nothing here.';
  writeSection('peers', ['## Beside what people use instead', versions, command].join('\n\n'));
}
process.exit(failed ? 1 : 0);
