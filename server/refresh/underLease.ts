import type { Clock } from '../clock.ts';
import type { Leases } from '../store/contracts.ts';

const EXTEND_EVERY_MS = 1000;

/**
 * Runs `work` under a session's lease, or answers `null` at once while another instance holds it.
 *
 * The lease is prolonged while the work runs and lasts `pauseMs` beyond the last prolongation: a holder that
 * died leaves that pause behind, because a call that it had already sent may still arrive at the issuer. One that
 * ran out while the store was away is taken again, unless somebody else was first.
 * Where `lingers` names something of the result that is still under way, the lease is kept until that is over.
 */
export async function underLease<T>(
  store: Leases,
  clock: Clock,
  id: string,
  pauseMs: number,
  work: () => Promise<T>,
  lingers: (result: T) => Promise<unknown> | undefined = () => undefined,
): Promise<T | null> {
  const ttlMs = pauseMs + 3 * EXTEND_EVERY_MS;
  const lease = await store.acquire(id, ttlMs);
  if (!lease) return null;
  let timer: unknown;
  let prolonged: Promise<unknown> = Promise.resolve();
  const prolong = () => {
    timer = clock.setTimeout(() => {
      // A failed prolongation changes nothing here: the token is on its way, and its answer must be kept.
      prolonged = lease.extend(ttlMs).catch(() => undefined);
      prolong();
    }, EXTEND_EVERY_MS);
  };
  prolong();
  const release = async () => {
    clock.clearTimeout(timer);
    // One that came after the release would take the lease anew, for nobody.
    await prolonged;
    await lease.release().catch(() => undefined);
  };
  let lingering: Promise<unknown> | undefined;
  try {
    const result = await work();
    lingering = lingers(result);
    return result;
  } finally {
    if (lingering) void lingering.then(release, release);
    else await release();
  }
}
