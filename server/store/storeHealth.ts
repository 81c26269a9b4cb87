import { StoreUnreachable } from './contracts.ts';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';

/** How long a successful rehearsal counts; a failure of the store ends it at once. */
const REHEARSED_MS = 1000;

export interface StoreWatch {
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'storeErrors'>;
}

/**
 * Logs one line for each outage of a store and one for its recovery, and counts every failed call.
 *
 * A store may have parts, such as the shards of a Cluster: an outage lasts until each part that had one answers.
 */
export function createStoreHealth(name: string, { log, metrics }: StoreWatch) {
  const inTrouble = new Set<string>();

  function failed(err: unknown, part = ''): void {
    const reason = reasonOf(err);
    if (inTrouble.size === 0)
      log.error(
        { err, reason },
        `${name} is in trouble: refreshes answer 503, requests are served by their seal alone until it is back`,
      );
    inTrouble.add(part);
  }

  return {
    isInTrouble: () => inTrouble.size > 0,
    failed,
    /** A part answered; of those that are not among `parts` any more, nothing can be expected. */
    answered(part = '', parts: () => readonly string[] = () => ['']): void {
      if (inTrouble.size === 0) return;
      inTrouble.delete(part);
      const expected = new Set(parts());
      for (const one of inTrouble) if (!expected.has(one)) inTrouble.delete(one);
      if (inTrouble.size === 0) log.info(`${name} answers again`);
    },
    /** Makes a rehearsal that many may ask for: one runs at a time, and one that went well counts for a second. */
    rehearsal(rehearse: () => Promise<void>): () => Promise<void> {
      let running: Promise<void> | null = null;
      let goodUntilMs = 0;
      const run = async () => {
        const startedAtMs = Date.now();
        await rehearse();
        goodUntilMs = startedAtMs + REHEARSED_MS;
      };
      return async () => {
        if (Date.now() < goodUntilMs && inTrouble.size === 0) return;
        await (running ??= run().finally(() => (running = null)));
      };
    },
    /** Counts a failed call; answers the error to throw. */
    unreachable(cause: unknown, part = ''): StoreUnreachable {
      metrics.storeErrors.inc();
      failed(cause, part);
      return new StoreUnreachable(cause);
    },
  };
}

/** The code word that a Redis error begins with, the code of any other error, or the error's name; never a value. */
export function reasonOf(err: unknown): string {
  const { code, message, name } = (err ?? {}) as Readonly<Record<string, unknown>>;
  const word = /^[A-Z]{3,}(?= |$)/.exec(typeof message === 'string' ? message : '')?.[0];
  return word ?? [code, name].find((one) => typeof one === 'string') ?? 'unknown';
}
