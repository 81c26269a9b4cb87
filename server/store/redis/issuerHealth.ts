import { HEALTHY, REMEMBERED_MS, type CountedFailure, type IssuerHealth } from '../outage.ts';
import type { RedisLink } from './link.ts';
import { healthyLine, readHealth, readOk, readWindow } from './readers.ts';
import { COUNT_FAILURE } from './scripts.ts';

/** One key for all sessions: in a Cluster it lies on one shard. */
const KEY = 'reseal:issuer';
/**
 * How old the issuer's health may be that a process goes by. So each process asks a few times a second, however many
 * sessions it refreshes, and hears of an outage that much later.
 */
const MAX_AGE_MS = 200;

/**
 * Makes what keeps the issuer's health in Redis.
 *
 * A process that counted a failure itself resets the count with its next grant, as without a cache; only grants that
 * follow grants are not written each time.
 */
export function createIssuerHealth(link: RedisLink) {
  let known: { readonly value: IssuerHealth; readonly atMs: number } | null = null;
  let asking: Promise<IssuerHealth> | null = null;
  let generation = 0;
  /** The newest grant that was not written, because a grant before it was. */
  let unwrittenMs = 0;

  function forget(): void {
    known = null;
    asking = null;
    generation += 1;
  }

  async function ask(): Promise<IssuerHealth> {
    const [atMs, asked] = [Date.now(), generation];
    const value = await link.ask(readHealth, 'GET', KEY);
    // What this process wrote in the meantime is newer than the reply.
    if (asked === generation) known = { value, atMs };
    return value;
  }

  const isFresh = () => known !== null && Date.now() - known.atMs < MAX_AGE_MS;

  return {
    async read(): Promise<IssuerHealth> {
      if (known && isFresh()) return known.value;
      const asked = (asking ??= ask().finally(() => {
        if (asking === asked) asking = null;
      }));
      return asked;
    },

    async count({ kind, session, nowMs, askedMs }: CountedFailure) {
      const numbers = [Math.max(1, Math.ceil(nowMs)), Math.ceil(askedMs), unwrittenMs].map(String);
      unwrittenMs = 0;
      forget();
      return link.run(readWindow, COUNT_FAILURE, KEY, kind ?? '', session, ...numbers).finally(forget);
    },

    async setHealthy(grantedAtMs: number): Promise<void> {
      const value = { ...HEALTHY, grantedAtMs: Math.floor(grantedAtMs) };
      if (known && isFresh() && isHealthy(known.value)) {
        known = { value, atMs: known.atMs };
        unwrittenMs = value.grantedAtMs;
        return;
      }
      forget();
      unwrittenMs = 0;
      await link.ask(readOk, 'SET', KEY, healthyLine(grantedAtMs), 'PX', String(REMEMBERED_MS));
      known = { value, atMs: Date.now() };
    },
  };
}

function isHealthy({ windows, sessions }: IssuerHealth): boolean {
  return windows === 0 && Object.values(sessions).every((failed) => failed.length === 0);
}
