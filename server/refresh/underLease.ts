import type { Clock } from '../clock.ts';
import type { Lease, Leases } from '../store/contracts.ts';

const EXTEND_EVERY_MS = 1000;

export interface LeaseTerms {
  readonly store: Leases;
  readonly clock: Clock;
  /** The session. */
  readonly id: string;
  /** How long the lease outlasts a holder that died: a call that it had sent may still arrive at the issuer. */
  readonly pauseMs: number;
}

/** What to do under a lease. */
export interface LeasedTask<L, T> {
  /** Reads what the work depends on, while the lease is being acquired: both cost one round trip. */
  readonly look: (acquiring: Promise<Lease | null>) => Promise<L>;
  readonly work: (looked: L) => Promise<T>;
  /** What of the result is still under way: the lease is kept until that is over. */
  readonly lingers: (result: T) => Promise<unknown> | undefined;
}

/** `released` resolves, and never rejects, once the lease is free or has been left to run out. */
export type Leased<L, T> =
  | { readonly held: true; readonly result: T; readonly released: Promise<void> }
  | { readonly held: false; readonly looked: L };

/**
 * Runs work under a session's lease, or answers what the look found while another instance holds it.
 *
 * The lease is extended while the work runs. One that ran out while the store was away is taken again, unless another
 * instance was first. The release is not waited for: the next holder waits for it, not this caller.
 */
export async function underLease<L, T>(
  { store, clock, id, pauseMs }: LeaseTerms,
  { look, work, lingers }: LeasedTask<L, T>,
): Promise<Leased<L, T>> {
  const ttlMs = pauseMs + 3 * EXTEND_EVERY_MS;
  const acquiring = store.acquire(id, ttlMs);
  const looking = look(acquiring);
  looking.catch(() => undefined);
  const lease = await acquiring;
  if (!lease) return { held: false, looked: await looking };
  let timer: unknown;
  let extended: Promise<unknown> | undefined;
  const extend = () => {
    timer = clock.setTimeout(() => {
      // A failed extension changes nothing here: the token is on its way, and its answer must be kept.
      extended = lease.extend(ttlMs).catch(() => undefined);
      extend();
    }, EXTEND_EVERY_MS);
  };
  const release = async (): Promise<void> => {
    clock.clearTimeout(timer);
    // An extension that came after the release would take the lease anew.
    if (extended) await extended;
    await lease.release().catch(() => undefined);
  };
  extend();
  try {
    const result = await work(await looking);
    const lingering = lingers(result);
    const released = lingering ? lingering.then(release, release) : release();
    return { held: true, result, released };
  } catch (error) {
    await release();
    throw error;
  }
}
