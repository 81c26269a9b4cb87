import { execFileSync } from 'node:child_process';
import { ensureBuild } from '../testing/production.ts';
import { entrySizes, sizesTable } from './footprint/sizes.ts';
import { report } from './lib/report.ts';
import { buildPeerApp } from './peers/apps.ts';
import { contenders } from './peers/contenders.ts';
import { firstLoadOf } from './peers/firstLoad.ts';
import { footprints, footprintTable } from './peers/footprint.ts';
import { startIssuer } from './peers/issuer.ts';
import { leaveNobody } from './peers/leaveNobody.ts';
import { FOOTPRINT_NOTES } from './peers/notes.ts';
import { PEERS } from './peers/peer.ts';
import { buildApp, startApp } from './server/app.ts';

/*
 * What each library costs before anyone asks it anything: its start, the memory of its whole process tree, the scripts of
 * its page, the size of its entries. It goes on with the builds that are there; `BENCH_SMOKE=1` writes nothing.
 */
const isSmoke = process.env['BENCH_SMOKE'] === '1';

leaveNobody();
for (const app of ['bare', ...PEERS.map(({ folder }) => folder)]) buildPeerApp(app, { again: false });
buildApp({ again: false });
await ensureBuild();
execFileSync(process.execPath, ['scripts/package.ts'], { stdio: 'ignore' });

const app = await startApp();
const issuer = await startIssuer(app.upstreamUrl);
const all = contenders({ issuerUrl: issuer.url, upstreamUrl: app.upstreamUrl });
const plan = isSmoke ? { starts: 1, loadSeconds: 1 } : { starts: 3, loadSeconds: 3 };
const measured = await footprints(all, plan);
const pages = {
  '**Reseal**, a page with axios and the engine': await firstLoadOf(`${app.url}/engine`),
  '**Reseal**, a page with the whole store; its client is loaded later': await firstLoadOf(
    `${app.url}/store`,
  ),
};
await issuer.close();
app.stop();
const sizes = await entrySizes();

report('footprint', {
  title: '## Start, memory, sizes',
  packages: ['next', 'esbuild', 'axios-auth-refresh', ...PEERS.map((peer) => peer.package)],
  raw: { measured, pages, sizes },
  markdown: `${footprintTable(measured, pages)}\n\n${sizesTable(sizes)}`,
  notes: `\`npm run bench -- footprint\`, about three minutes besides the builds. ${FOOTPRINT_NOTES}

Entries: bundled by esbuild, minified. *Own code* leaves every dependency out; *with its dependencies* leaves out only react, next, axios and Redux Toolkit, which an app has or chooses itself. An app that imports some names of an entry takes less. Left out with \`–\`: what runs in a server or in tests, and AuthKit’s, whose server actions a bundler for Next removes.`,
});
process.exit(0);
