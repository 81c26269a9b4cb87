import { isSettingsError, SettingsError } from '../../settings/fromEnv.ts';

/** Why a session file cannot be used; stable words for scripts and alerts. */
export type FileTrouble =
  | 'store_dir_unwritable'
  | 'store_file_corrupt'
  | 'store_file_locked'
  | 'store_file_newer'
  | 'store_file_on_two_hosts';

/** The session file cannot be used; the server does not start, because an empty store would revive ended sessions. */
export class StoreFileError extends SettingsError {
  override readonly code: FileTrouble;

  constructor(code: FileTrouble, what: string, cause?: unknown) {
    super([`${what} (${code})`]);
    this.name = 'StoreFileError';
    this.code = code;
    this.cause = cause;
  }
}

/** Primary result codes of SQLite. @see https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** The primary result code of an error of SQLite; `null` for any other error. */
export function resultCodeOf(err: unknown): number | null {
  const { errcode } = (err ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : null;
}

export function isBusy(err: unknown): boolean {
  const code = resultCodeOf(err);
  return code === BUSY || code === LOCKED;
}

/** Says what to do about an error met while the file was opened. */
export function fileErrorOf(file: string, err: unknown): StoreFileError {
  if (isSettingsError(err)) return err as StoreFileError;
  const code = resultCodeOf(err);
  if (code === CORRUPT || code === NOT_A_DATABASE) return corrupt(file, 'is damaged', err);
  if (isBusy(err)) {
    const what = `DATA_DIR: another program holds ${file} locked. Close it and start again`;
    return new StoreFileError('store_file_locked', what, err);
  }
  const reason = (err as { code?: string; errstr?: string }).errstr ?? (err as { code?: string }).code;
  const what = `DATA_DIR: ${file} cannot be opened for writing (${reason ?? 'unknown reason'}). Give this user a writable folder, or set SESSION_STORE`;
  return new StoreFileError('store_dir_unwritable', what, err);
}

export function corrupt(file: string, how: string, cause?: unknown): StoreFileError {
  const what =
    `DATA_DIR: ${file} ${how}. Restore a backup. Or remove it with its -wal and -shm files, and change SESSION_PASSWORD: ` +
    'without the file, sessions that were logged out would work again under the old password';
  return new StoreFileError('store_file_corrupt', what, cause);
}
