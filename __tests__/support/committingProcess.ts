import { systemClock } from '../../server/clock.ts';
import { createLog } from '../../server/ops/log.ts';
import { createMetrics } from '../../server/ops/metrics.ts';
import { openStore } from '../../server/store/openStore.ts';

/*
 * A process that uses a session file until it is killed: `node committingProcess.ts <folder> <name>`. It writes a line
 * for each commit and each end that was answered.
 */
const [dir = '', name = ''] = process.argv.slice(2);
const { store } = openStore({ kind: 'sqlite', dir }, systemClock, {
  log: createLog('silent'),
  metrics: createMetrics(),
});
for (let n = 0; ; n += 1) {
  const id = `${name}-${n}`;
  await Promise.all([
    store
      .commit(id, { version: 2, box: `box of ${id}`, refreshedAtMs: 1 }, 3_600_000)
      .then(() => console.log(`commit ${id}`)),
    store.end(`ended-${id}`, 'logout', 3_600_000).then(() => console.log(`end ended-${id}`)),
    store.raiseEpoch(`person-${id}`, 5, 3_600_000).then(() => console.log(`epoch person-${id}`)),
  ]);
}
