import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileErrorOf, StoreFileError } from './fileError.ts';

const TOUCH_EVERY_MS = 3000;
/** A claim that was not touched for so long belongs to a host that is gone. */
const STALE_MS = 10_000;

/**
 * Names the running kernel: SQLite's write-ahead log is shared memory, so all processes on a file must share one.
 *
 * @see https://www.sqlite.org/wal.html "All processes using a database must be on the same host computer"
 */
function kernelName(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}

/**
 * Claims the folder for this host, and keeps the claim fresh. Several processes of one host may hold it together.
 *
 * @returns what gives the claim up
 * @throws {StoreFileError} `store_file_on_two_hosts` while another host keeps its claim fresh
 */
export function claimHost(dir: string, own = kernelName()): () => void {
  const file = join(dir, 'host');
  const owner = ownerOf(file);
  if (owner !== null && owner !== own) {
    throw new StoreFileError(
      'store_file_on_two_hosts',
      `DATA_DIR: another machine uses ${dir} now. A session file serves one machine: set REDIS_URL for several, or start again ${STALE_MS / 1000} s after the other one stopped`,
    );
  }
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    write(file, own);
  } catch (err) {
    throw fileErrorOf(file, err);
  }
  const timer = setInterval(() => void touch(file, own), TOUCH_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    rmSync(file, { force: true });
  };
}

/** Writes a claim in one step: a process that is killed in between must not leave an empty one. */
function write(file: string, own: string): void {
  const written = `${file}.${randomUUID()}`;
  writeFileSync(written, own);
  renameSync(written, file);
}

/** Keeps the claim fresh without writing it, or writes it anew where another process of this host gave it up. */
async function touch(file: string, own: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => {
    try {
      write(file, own);
    } catch {
      // A folder that cannot be written to is for the store to report.
    }
  });
}

/** The host whose claim is fresh; an empty claim, which an older version can leave when it is killed, names none. */
function ownerOf(file: string): string | null {
  try {
    return Date.now() - statSync(file).mtimeMs < STALE_MS ? readFileSync(file, 'utf8') || null : null;
  } catch {
    return null;
  }
}
