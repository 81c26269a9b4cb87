import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../clock.ts';
import { TABLES } from '../tables.ts';
import { isBusy } from './fileError.ts';

const SWEEP_EVERY_MS = 60_000;
/** So many expired entries go at once: a sweep must not hold up what waits behind it. */
const SWEEP_AT_ONCE = 500;

/** Makes the sweep of expired entries: once a minute of use, a part at a time. */
export function createSweep(db: DatabaseSync, clock: Clock): () => void {
  const removals = TABLES.map((name) =>
    db.prepare(
      `DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name} WHERE until <= ? LIMIT ${SWEEP_AT_ONCE})`,
    ),
  );
  let nextAtMs = 0;
  return () => {
    const now = clock.now();
    if (now < nextAtMs) return;
    try {
      const most = Math.max(...removals.map((removal) => Number(removal.run(now).changes)));
      nextAtMs = most < SWEEP_AT_ONCE ? now + SWEEP_EVERY_MS : now;
      if (!db.isTransaction) db.exec('PRAGMA incremental_vacuum(200)');
    } catch (err) {
      if (!isBusy(err)) throw err;
    }
  };
}
