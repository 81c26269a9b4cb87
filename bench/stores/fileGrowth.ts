import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../server/clock.ts';
import { createLog } from '../../server/ops/log.ts';
import { createMetrics } from '../../server/ops/metrics.ts';
import { openStore } from '../../server/store/openStore.ts';
import { until, works } from '../../testing/until.ts';
import { table } from '../lib/report.ts';
import { number, timed } from '../lib/stats.ts';
import { reads, refreshesOf, serverWith } from './server.ts';

const [READS, REFRESHES] = [2000, 200];
const LIFE_MS = 86_400_000;

interface Row {
  readonly sessions: number;
  readonly bytes: number;
  readonly openMs: number;
  readonly readMs: number;
  readonly refreshMs: number;
}

async function open(dir: string) {
  const { store } = openStore({ kind: 'sqlite', dir }, systemClock, {
    log: createLog('silent'),
    metrics: createMetrics(),
  });
  await until(() => works(store.ready()));
  return store;
}

/** Fills a session file as a server would, in large transactions: a record and a list for each session. */
async function fill(dir: string, count: number): Promise<void> {
  await (await open(dir)).close();
  const db = new DatabaseSync(join(dir, 'sessions.db'));
  const record = db.prepare('INSERT INTO records VALUES (?, ?, ?)');
  const list = db.prepare('INSERT INTO lists VALUES (?, ?, ?)');
  const box = 'x'.repeat(700);
  const value = JSON.stringify({ version: 2, box, refreshedAtMs: 1, seenAtMs: 2, ended: null });
  const endsAtMs = Date.now() + LIFE_MS;
  const device = { browser: 'Chrome', system: 'Windows' };
  const times = { createdAtMs: 1, refreshedAtMs: 1, endsAtMs };
  for (let from = 0; from < count; from += 10_000) {
    db.exec('BEGIN');
    for (let n = from; n < Math.min(count, from + 10_000); n += 1) {
      record.run(`live-${n}`, value, endsAtMs + n);
      const listed = { id: `live-${n}`, device, epoch: 0, provider: null, ...times };
      list.run(`person-${n}`, JSON.stringify([listed]), endsAtMs + n);
    }
    db.exec('COMMIT');
  }
  db.close();
}

/** What a session file of so many sessions costs. */
export async function fileGrowth(sizes: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sessions of sizes) {
    const dir = mkdtempSync(join(tmpdir(), 'reseal-bench-'));
    await fill(dir, sessions);
    const { size: bytes } = statSync(join(dir, 'sessions.db'));
    const openMs = await timed(async () => (await open(dir)).close());
    const server = await serverWith({ DATA_DIR: dir });
    await refreshesOf(server, 50, 1);
    const refreshMs = (await timed(() => refreshesOf(server, REFRESHES, 1))) / REFRESHES;
    const readMs = (await timed(() => reads(server.store, READS, sessions))) / READS;
    await server.close();
    rmSync(dir, { recursive: true });
    rows.push({ sessions, bytes, openMs, readMs, refreshMs });
    console.log(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

export const growthTable = (rows: readonly Row[]): string =>
  table(
    ['sessions', 'file, MB', 'start, ms', 'a read, µs', 'a refresh, µs'],
    rows.map(({ sessions, bytes, openMs, readMs, refreshMs }) => [
      number(sessions, 0),
      number(bytes / 2 ** 20, 1),
      number(openMs, 0),
      number(readMs * 1000, 0),
      number(refreshMs * 1000, 0),
    ]),
  );
