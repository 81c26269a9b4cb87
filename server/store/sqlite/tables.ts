import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { within, type Clock } from '../../clock.ts';
import { createStoreHealth, type StoreWatch } from '../storeHealth.ts';
import type { Durability, Table, TableName, Tables } from '../tables.ts';
import { isBusy } from './fileError.ts';
import { claimHost } from './hostClaim.ts';
import { createJournalSync } from './journalSync.ts';
import { openFile, storeFileIn } from './openFile.ts';
import { createSweep } from './sweep.ts';
import { ourError } from '../../resealError.ts';

/** The longest that a call waits for another process's lock, or for the disk. */
const ANSWER_MS = 1000;
const BUSY_AGAIN_MS = 10;
/** What can fail independently: the open file, and its name in the folder. */
const CONTENTS = 'contents';
const NAME = 'name';
const PARTS = () => [CONTENTS, NAME];

/**
 * Keeps tables in one SQLite file, which several processes of one host may share.
 *
 * Work runs in one transaction. It is visible to every process when it returns, and a killed process loses none of
 * it; where it must outlast a power cut too, it is answered after the journal is on the disk.
 *
 * @throws {StoreFileError} where the file cannot be used
 */
export function sqliteTables(dir: string, clock: Clock, watch: StoreWatch): Tables {
  const { db, giveUpClaim } = openClaimed(dir);
  const health = createStoreHealth('The session file', watch);
  const sweep = createSweep(db, clock);
  // The first write makes the journal, which is kept until the last process closes the file.
  sweep();
  const synced = createJournalSync(`${storeFileIn(dir)}-wal`);
  const inode = inodeOf(dir);
  const probe = tableIn(db, 'leases', clock);

  /** Runs work; tries again, within a bound, while another process holds the lock. */
  async function attempt<T>(work: () => T): Promise<T> {
    const givenUpAtMs = Date.now() + ANSWER_MS;
    for (;;) {
      try {
        const value = work();
        health.answered(CONTENTS, PARTS);
        return value;
      } catch (err) {
        if (!isBusy(err) || Date.now() > givenUpAtMs) throw health.unreachable(err, CONTENTS);
        await wait(BUSY_AGAIN_MS);
      }
    }
  }

  async function onDisk(): Promise<void> {
    const done = await within(clock, ANSWER_MS, synced.now(), LATE).catch((err: unknown) => {
      throw health.unreachable(err, CONTENTS);
    });
    if (done === LATE) throw health.unreachable(ourError('The disk does not answer.'), CONTENTS);
  }

  async function write<T>(work: () => T, durability: Durability = 'process'): Promise<T> {
    const value = await attempt(() => inTransaction(db, work));
    if (durability === 'power') await onDisk();
    try {
      sweep();
    } catch (err) {
      health.failed(err, CONTENTS);
    }
    return value;
  }

  return {
    table: <V>(name: TableName) => tableIn<V>(db, name, clock),
    read: attempt,
    write,
    ready: health.rehearsal(async () => {
      if (inodeOf(dir) !== inode) {
        const what = 'The session file was removed or replaced while the server runs.';
        throw health.unreachable(ourError(what), NAME);
      }
      health.answered(NAME, PARTS);
      await write(() => probe.set('ready', 'ready', 1), 'power');
      await attempt(() => probe.get('ready'));
    }),
    async close() {
      giveUpClaim();
      await synced.close();
      db.close();
    },
  };
}

const LATE = Symbol('late');

/** Opens the file under this host's claim. */
function openClaimed(dir: string): { db: DatabaseSync; giveUpClaim: () => void } {
  const giveUpClaim = claimHost(dir);
  try {
    return { db: openFile(dir), giveUpClaim };
  } catch (err) {
    giveUpClaim();
    throw err;
  }
}

function inodeOf(dir: string): number | undefined {
  return statSync(storeFileIn(dir), { throwIfNoEntry: false })?.ino;
}

function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    db.exec('COMMIT');
    return value;
  } catch (err) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw err;
  }
}

function tableIn<V>(db: DatabaseSync, name: TableName, clock: Clock): Table<V> {
  const get = db.prepare(`SELECT value FROM ${name} WHERE key = ? AND until > ?`);
  const set = db.prepare(`INSERT INTO ${name} VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until`);
  const update = db.prepare(`UPDATE ${name} SET value = ? WHERE key = ?`);
  const remove = db.prepare(`DELETE FROM ${name} WHERE key = ?`);
  const keys = db.prepare(`SELECT key FROM ${name} WHERE until > ?`);
  return {
    get(key) {
      const row = get.get(key, clock.now());
      return row && (JSON.parse(String(row['value'])) as V);
    },
    set: (key, value, ttlMs) => void set.run(key, JSON.stringify(value), Math.ceil(clock.now() + ttlMs)),
    update: (key, value) => void update.run(JSON.stringify(value), key),
    delete: (key) => void remove.run(key),
    keys: () => keys.all(clock.now()).map((row) => String(row['key'])),
  };
}
