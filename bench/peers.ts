import { ensureBuild } from '../__tests__/support/production.ts';
import { saveResults, setting, writeSection } from './lib/report.ts';
import { buildPeerApp } from './peers/apps.ts';
import { contenders } from './peers/contenders.ts';
import { correctness } from './peers/correctness.ts';
import { correctnessTable } from './peers/correctnessTable.ts';
import { firstLoadOf } from './peers/firstLoad.ts';
import { footprints, footprintTable } from './peers/footprint.ts';
import { openHouses } from './peers/houses.ts';
import { startIssuer } from './peers/issuer.ts';
import { CORRECTNESS_NOTES, FOOTPRINT_NOTES, READ_NOTES, SPEED_NOTES } from './peers/notes.ts';
import { PEERS } from './peers/peer.ts';
import { readSessions } from './peers/read.ts';
import { speed, speedTable } from './peers/speed.ts';
import { openTargets } from './peers/targets.ts';
import { buildApp, startApp } from './server/app.ts';
import { unsealTable } from './server/unseal.ts';

/** Every part once and short, with the builds that are there; nothing is written to docs/. */
const isSmoke = process.env['BENCH_SMOKE'] === '1';
const only = process.env['BENCH_ONLY'] ?? '';
const wants = (name: string) => only === '' || only.split(',').includes(name);
const say = (markdown: string) => (console.log(`\n${markdown}`), markdown);

const sections: string[] = [];
const results: Record<string, unknown> = {};

console.log('Building the apps.');
for (const app of ['bare', ...PEERS.map(({ folder }) => folder)]) buildPeerApp(app, { again: !isSmoke });
buildApp({ again: !isSmoke });
await ensureBuild();

if (wants('race')) {
  const houses = await openHouses();
  const played = await correctness(houses, isSmoke ? 1 : 3);
  for (const house of houses) await house.close();
  results['race'] = played;
  const names = houses.map(({ name }) => name);
  sections.push('### Under race', say(correctnessTable(names, played)), CORRECTNESS_NOTES);
}
if (wants('speed') || wants('footprint')) {
  const app = await startApp();
  if (wants('speed')) {
    const { targets, close } = await openTargets(app);
    const plan = isSmoke ? { rounds: 1, seconds: 0.5 } : { rounds: 4, seconds: 1.25 };
    const measured = await speed(targets, { connections: [1, 50, 200], ...plan });
    await close();
    results['speed'] = measured;
    sections.push('### A request with a session', say(speedTable(measured, targets)), SPEED_NOTES);
  }
  if (wants('footprint')) {
    const issuer = await startIssuer(app.upstreamUrl);
    const all = contenders({ issuerUrl: issuer.url, upstreamUrl: app.upstreamUrl });
    const plan = isSmoke ? { starts: 1, loadSeconds: 1 } : { starts: 4, loadSeconds: 3 };
    const measured = await footprints(all, plan);
    const pages = {
      '**Reseal**, a page with axios and the engine': await firstLoadOf(`${app.url}/engine`),
      '**Reseal**, a page with the whole store': await firstLoadOf(`${app.url}/store`),
    };
    await issuer.close();
    results['footprint'] = { measured, pages };
    sections.push('### Start, memory, first load', say(footprintTable(measured, pages)), FOOTPRINT_NOTES);
  }
  app.stop();
}
if (wants('read')) {
  const measured = await readSessions(isSmoke ? 10 : 60);
  results['read'] = measured;
  sections.push('### Reading a session', say(unsealTable(measured)), READ_NOTES);
}

saveResults(`peers${only && `-${only}`}`, results);
if (only === '' && !isSmoke) {
  const peers = PEERS.map((peer) => peer.package);
  const versions = setting('next', ...peers, '@workos-inc/node', 'undici', 'autocannon');
  const command =
    '`npm run bench -- peers` (about ten minutes); `BENCH_SMOKE=1` runs everything once and short and writes nothing here, `BENCH_ONLY=race,speed,footprint,read` takes parts.';
  const head = ['## Beside what people use instead', versions, command];
  writeSection('peers', [...head, ...sections].join('\n\n'));
}
process.exit(0);
