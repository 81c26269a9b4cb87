import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { TABLES } from '../tables.ts';
import { corrupt, fileErrorOf, StoreFileError } from './fileError.ts';

/** "RSL1" in ASCII: says that the file is ours. */
const APPLICATION_ID = 0x52534c31;
const SCHEMA_VERSION = 2;
/** How long SQLite itself waits for a lock, blocking this process: above the longest write of another process. */
const BUSY_MS = 20;
/** How long the start waits for a lock. */
const BUSY_AT_START_MS = 2000;

/** Not imported: an older Node would fail at that, before it can say which version is needed. */
const sqlite = () => process.getBuiltinModule('node:sqlite');

export function storeFileIn(dir: string): string {
  return join(dir, 'sessions.db');
}

/**
 * Opens the session file of a folder that is there, and creates it where there is none.
 *
 * @throws {StoreFileError} where the file is damaged, locked, of a newer version, or cannot be written
 */
export function openFile(dir: string): DatabaseSync {
  const file = storeFileIn(dir);
  try {
    const bytes = sizeOf(file);
    if (bytes === 0) throw corrupt(file, 'is empty');
    if (bytes === null) {
      if (sizeOf(`${file}-wal`)) throw corrupt(file, 'is missing, but its journal is there');
      create(file);
    }
    return openExisting(file);
  } catch (err) {
    throw fileErrorOf(file, err);
  }
}

function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

function openExisting(file: string): DatabaseSync {
  const db = new (sqlite().DatabaseSync)(file, { timeout: BUSY_AT_START_MS });
  try {
    const version = pragma(db, 'user_version');
    if (pragma(db, 'application_id') !== APPLICATION_ID) throw corrupt(file, 'is not a session file');
    if (Number(version) > SCHEMA_VERSION) {
      const what = `DATA_DIR: ${file} was written by a newer version of Reseal. Start that version`;
      throw new StoreFileError('store_file_newer', what);
    }
    if (pragma(db, 'quick_check(1)') !== 'ok') throw corrupt(file, 'is damaged');
    if (Number(version) < SCHEMA_VERSION) createTables(db);
    // A commit is in the operating system's hands when it returns, so a killed process loses nothing. What a power
    // cut must not lose is synchronised afterwards, off the event loop: see sqliteTables.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000;
      PRAGMA cache_size = -65536;
      PRAGMA journal_size_limit = 16777216; PRAGMA busy_timeout = ${BUSY_MS}`);
    return db;
  } catch (err) {
    db.close();
    throw err;
  }
}

/** Creates the tables that are missing. */
function createTables(db: DatabaseSync): void {
  for (const name of TABLES) {
    db.exec(`CREATE TABLE IF NOT EXISTS ${name} (key TEXT PRIMARY KEY, value TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS ${name}_until ON ${name} (until)`);
  }
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

function pragma(db: DatabaseSync, name: string): unknown {
  const row = db.prepare(`PRAGMA ${name}`).get();
  return row && Object.values(row)[0];
}

/** Creates the file whole or not at all, so that an empty file is always a damaged one. */
function create(file: string): void {
  const unfinished = `${file}.new-${randomUUID()}`;
  const db = new (sqlite().DatabaseSync)(unfinished);
  db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
    PRAGMA application_id = ${APPLICATION_ID}`);
  createTables(db);
  db.close();
  syncPath(unfinished);
  try {
    // Fails where another process was faster; its file is as good.
    linkSync(unfinished, file);
    rmSync(unfinished);
  } catch (err) {
    if ((err as { code?: string }).code === 'EEXIST') rmSync(unfinished);
    // A file system without hard links.
    else renameSync(unfinished, file);
  }
  syncPath(dirname(file));
}

function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
