import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface AttachmentFiles {
  /** Streams `source` to a new file; `null` if it was longer than the limit, and then nothing is kept. */
  write(source: Readable): Promise<{ readonly file: string; readonly sizeBytes: number } | null>;
  read(file: string): Readable;
  delete(file: string | undefined): Promise<void>;
  /** Removes what a crash left behind: every file but these. */
  keepOnly(files: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

class TooLarge extends Error {}

/** Keeps attachments as files beside the database, or in a temporary folder for `:memory:`. */
export function openAttachmentFiles(database: string, limitBytes: number): AttachmentFiles {
  const temporary = database === ':memory:';
  const folder = temporary ? mkdtempSync(join(tmpdir(), 'reseal-upstream-')) : `${database}-attachments`;
  mkdirSync(folder, { recursive: true });
  const remove = (file: string) => rm(join(folder, file), { force: true });

  return {
    async write(source) {
      const file = randomUUID();
      let sizeBytes = 0;
      const count = new Transform({
        transform(chunk: Uint8Array, _encoding, done) {
          sizeBytes += chunk.byteLength;
          if (sizeBytes > limitBytes) done(new TooLarge());
          else done(null, chunk);
        },
      });
      try {
        await pipeline(source, count, createWriteStream(join(folder, file), { flags: 'wx' }));
        return { file, sizeBytes };
      } catch (error) {
        await remove(file);
        if (error instanceof TooLarge) return null;
        throw error;
      }
    },
    read: (file) => createReadStream(join(folder, file)),
    delete: async (file) => (file === undefined ? undefined : remove(file)),
    async keepOnly(files) {
      const known = new Set(files);
      const strays = (await readdir(folder)).filter((file) => !known.has(file));
      await Promise.all(strays.map(remove));
    },
    close: async () => (temporary ? rm(folder, { recursive: true, force: true }) : undefined),
  };
}
