import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Context } from './context.ts';

/** A note as the wire has it. */
export interface Note {
  readonly id: string;
  readonly text: string;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
  readonly attachment: { readonly name: string; readonly type: string; readonly sizeBytes: number } | null;
}

/** A file that is already on the disk, as a note is to remember it. */
export interface StoredFile {
  /** Name on the disk. */
  readonly file: string;
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
}

export interface NoteChange {
  readonly kind: 'added' | 'changed' | 'deleted';
  readonly note: Note;
}

interface NoteRow {
  readonly id: string;
  readonly text: string;
  readonly updated_at: string;
  readonly file: string | null;
  readonly file_name: string | null;
  readonly file_type: string | null;
  readonly file_size: number | null;
}

export type NoteStore = ReturnType<typeof createNoteStore>;

const DAY_MS = 86_400_000;

function fileOf(row: NoteRow): StoredFile | null {
  if (row.file === null) return null;
  return {
    file: row.file,
    name: row.file_name ?? row.file,
    type: row.file_type ?? 'application/octet-stream',
    sizeBytes: row.file_size ?? 0,
  };
}

function noteOf(row: NoteRow): Note {
  const file = fileOf(row);
  return {
    id: row.id,
    text: row.text,
    updatedAt: row.updated_at,
    attachment: file && { name: file.name, type: file.type, sizeBytes: file.sizeBytes },
  };
}

/** Keeps the notes of each person; no person can read another's, or learn that they exist. */
export function createNoteStore({ database, now }: Pick<Context, 'database' | 'now'>) {
  const all = database.prepare('SELECT * FROM notes WHERE user_id = ? ORDER BY position DESC');
  const one = database.prepare('SELECT * FROM notes WHERE user_id = ? AND id = ?');
  const insert = database.prepare('INSERT INTO notes (id, user_id, text, updated_at) VALUES (?, ?, ?, ?)');
  const rewrite = database.prepare('UPDATE notes SET text = ?, updated_at = ? WHERE id = ?');
  const refile = database.prepare(
    'UPDATE notes SET file = ?, file_name = ?, file_type = ?, file_size = ?, updated_at = ? WHERE id = ?',
  );
  const remove = database.prepare('DELETE FROM notes WHERE id = ?');
  const removeAll = database.prepare('DELETE FROM notes WHERE user_id = ?');
  const files = database.prepare('SELECT file FROM notes WHERE file IS NOT NULL');
  const forget = database.prepare('DELETE FROM first_answers WHERE at < ?');
  const first = database.prepare('SELECT request, answer FROM first_answers WHERE user_id = ? AND key = ?');
  const remember = database.prepare('INSERT INTO first_answers VALUES (?, ?, ?, ?, ?)');

  const changes = new EventEmitter<Record<string, [NoteChange]>>().setMaxListeners(0);
  /** Later than `last`, so that two changes within a millisecond have two ETags. */
  const time = (last = '') => new Date(Math.max(now(), (Date.parse(last) || -1) + 1)).toISOString();
  const row = (userId: string, id: string) => one.get(userId, id) as NoteRow | undefined;
  const announce = (userId: string, id: string, kind: NoteChange['kind']): Note | null => {
    const found = row(userId, id);
    if (!found) return null;
    const note = noteOf(found);
    changes.emit(userId, { kind, note });
    return note;
  };

  return {
    changes,
    list: (userId: string): Note[] => (all.all(userId) as unknown as NoteRow[]).map(noteOf),
    find: (userId: string, id: string): Note | null => {
      const found = row(userId, id);
      return found ? noteOf(found) : null;
    },
    file: (userId: string, id: string): StoredFile | null => {
      const found = row(userId, id);
      return found ? fileOf(found) : null;
    },
    /** Names of all files that notes refer to. */
    files: (): string[] => (files.all() as { file: string }[]).map(({ file }) => file),
    /** Adds a note; a key seen before answers the first note again, or `null` if it came with another text. */
    add(userId: string, text: string, idempotencyKey: string | null): Note | null {
      const request = createHash('sha256').update(text).digest('base64url');
      if (idempotencyKey !== null) {
        forget.run(now() - DAY_MS);
        const before = first.get(userId, idempotencyKey) as { request: string; answer: string } | undefined;
        if (before) return before.request === request ? (JSON.parse(before.answer) as Note) : null;
      }
      const note: Note = { id: randomUUID(), text, updatedAt: time(), attachment: null };
      database.exec('BEGIN IMMEDIATE');
      insert.run(note.id, userId, text, note.updatedAt);
      if (idempotencyKey !== null) remember.run(userId, idempotencyKey, request, JSON.stringify(note), now());
      database.exec('COMMIT');
      return announce(userId, note.id, 'added');
    },
    edit(userId: string, id: string, text: string): Note | null {
      const before = row(userId, id);
      if (!before) return null;
      rewrite.run(text, time(before.updated_at), id);
      return announce(userId, id, 'changed');
    },
    attach(userId: string, id: string, file: StoredFile | null): Note | null {
      const before = row(userId, id);
      if (!before) return null;
      refile.run(
        file?.file ?? null,
        file?.name ?? null,
        file?.type ?? null,
        file?.sizeBytes ?? null,
        time(before.updated_at),
        id,
      );
      return announce(userId, id, 'changed');
    },
    remove(userId: string, id: string): Note | null {
      const note = announce(userId, id, 'deleted');
      if (note) remove.run(id);
      return note;
    },
    removeAll(userId: string): void {
      const notes = (all.all(userId) as unknown as NoteRow[]).map(noteOf);
      removeAll.run(userId);
      for (const note of notes) changes.emit(userId, { kind: 'deleted', note });
    },
  };
}
