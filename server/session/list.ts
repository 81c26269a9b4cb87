import type { Clock } from '../clock.ts';
import { coarseNetwork, type ClientAddressOf } from '../http/clientAddress.ts';
import { deviceOf } from '../http/device.ts';
import type { Exchange } from '../http/exchange.ts';
import { isOver, type ListedSession } from '../store/listedSession.ts';
import { readStored } from './readStored.ts';
import { providerSession, type SealedSession } from './record.ts';
import type { SessionIndex, SessionRecords } from '../store/contracts.ts';
import type { Log } from '../ops/log.ts';
import { personOf, type Sessions } from './resolve.ts';

export interface SessionListOptions {
  readonly store: SessionRecords & SessionIndex;
  readonly sessions: Sessions;
  readonly clientAddressOf: ClientAddressOf;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a request says of where it comes from. */
type Visit = Pick<Exchange, 'headers' | 'remoteAddress'>;

/**
 * Makes the list of a person's sessions.
 *
 * A session is noted at its login and again with each refresh: a store that lost its memory knows the living
 * ones again within the life of an access token. The list says who might live; records and epoch say who does.
 */
export function createSessionList(options: SessionListOptions) {
  const { store, sessions, clientAddressOf, clock, log } = options;

  /** On what, and from where, a request comes. */
  function seenFrom(exchange: Visit): Pick<ListedSession, 'device' | 'network'> {
    const network = coarseNetwork(clientAddressOf(exchange));
    return { device: deviceOf(exchange), ...(network !== undefined && { network }) };
  }

  /** Notes a session. Never rejects: a list that lacks one is worth less than a login that fails. */
  async function note(seal: SealedSession, exchange: Visit, refreshedAtMs: number): Promise<void> {
    const rememberMs = sessions.rememberMs(seal, refreshedAtMs);
    const listed: ListedSession = {
      id: seal.id,
      ...seenFrom(exchange),
      epoch: seal.epoch,
      provider: seal.sid === undefined ? null : providerSession(seal.sid),
      createdAtMs: seal.createdAtMs,
      refreshedAtMs,
      endsAtMs: clock.now() + rememberMs,
    };
    await store.addToIndex(personOf(seal), listed, rememberMs).catch((err: unknown) => {
      log.warn({ err, session: seal.id }, 'a session could not be put on the list of its person');
    });
  }

  return {
    note,
    seenFrom,

    of: (person: string) => livingSessionsOf(store, clock, person),
  };
}

/**
 * Finds the living sessions of a person, those refreshed last first.
 *
 * @throws {StoreUnreachable}
 */
export async function livingSessionsOf(
  store: SessionRecords & SessionIndex,
  clock: Clock,
  person: string,
): Promise<readonly ListedSession[]> {
  const list = await store.sessionsOf(person);
  const stored = await Promise.all(list.map(({ id, provider }) => readStored(store, id, person, provider)));
  return list
    .flatMap((listed, i) => {
      const found = stored[i];
      if (!found || isOver(listed, found, clock.now())) return [];
      const refreshedAtMs = Math.max(listed.refreshedAtMs, found.record?.refreshedAtMs ?? 0);
      return [{ ...listed, refreshedAtMs }];
    })
    .toSorted((a, b) => b.refreshedAtMs - a.refreshedAtMs);
}

export type SessionList = ReturnType<typeof createSessionList>;
