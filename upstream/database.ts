import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA foreign_keys = ON;
  PRAGMA busy_timeout = 2000;

  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

  CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, name TEXT NOT NULL, email TEXT,
    salt BLOB NOT NULL, password_hash BLOB NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS families (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    access_epoch INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS families_of_user ON families (user_id);

  CREATE TABLE IF NOT EXISTS refresh_tokens (
    hash TEXT PRIMARY KEY, family_id TEXT NOT NULL REFERENCES families ON DELETE CASCADE,
    expires_at REAL NOT NULL, rotated_at REAL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS refresh_tokens_of_family ON refresh_tokens (family_id);

  CREATE TABLE IF NOT EXISTS notes (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    text TEXT NOT NULL, updated_at TEXT NOT NULL,
    file TEXT, file_name TEXT, file_type TEXT, file_size INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS notes_of_user ON notes (user_id);

  CREATE TABLE IF NOT EXISTS first_answers (
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE, key TEXT NOT NULL,
    request TEXT NOT NULL, answer TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (user_id, key)
  ) STRICT;
`;

/** Opens the database at `path` (or `:memory:`) and brings its tables into being. */
export function openDatabase(path: string, now: () => number): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(schema);
  // Families whose every token has run out can never be refreshed again; their access tokens are long dead.
  database
    .prepare(
      'DELETE FROM families WHERE id NOT IN (SELECT family_id FROM refresh_tokens WHERE expires_at > ?)',
    )
    .run(now());
  return database;
}

/** Answers the 32 secret bytes of that name, made at the first start and kept in the database. */
export function secretOf(database: DatabaseSync, name: string): Uint8Array {
  database
    .prepare('INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(name, randomBytes(32));
  const row = database.prepare('SELECT value FROM secrets WHERE name = ?').get(name) as { value: Uint8Array };
  return row.value;
}
