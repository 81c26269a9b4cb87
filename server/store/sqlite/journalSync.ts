import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';

/** Makes what puts the journal on the disk, off the event loop; callers that come while it runs share the next run. */
export function createJournalSync(journal: string) {
  const fd = openSync(journal, 'r');
  const sync = promisify(fdatasync);
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | null = null;
  return {
    now(): Promise<void> {
      next ??= running.then(() => {
        const current = sync(fd);
        running = current.catch(() => undefined);
        next = null;
        return current;
      });
      return next;
    },
    async close(): Promise<void> {
      await next?.catch(() => undefined);
      await running;
      closeSync(fd);
    },
  };
}
