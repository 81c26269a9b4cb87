import type { SessionRecords } from '../store/contracts.ts';
import type { SessionState } from './record.ts';

/**
 * Reads what is remembered of a session; one whose provider session was ended has ended.
 *
 * @throws {StoreUnreachable}
 */
export async function readStored(
  store: SessionRecords,
  id: string,
  person: string,
  provider: string | null,
): Promise<SessionState> {
  if (provider === null) return store.read(id, person);
  // Asked at once, so that a store across a network gets both in one round trip.
  const [memory, { record }] = await Promise.all([store.read(id, person), store.read(provider, person)]);
  return record?.ended ? { ...memory, record } : memory;
}
