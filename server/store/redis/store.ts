import { ourError } from '../../resealError.ts';
import { randomUUID } from 'node:crypto';
import { sleep, type Clock } from '../../clock.ts';
import {
  failuresLine,
  readAcquired,
  readCount,
  readDeleted,
  readFailures,
  readFlag,
  readListed,
  readOk,
  readText,
  readRecord,
  readTime,
  readVerdict,
  type Acquired,
} from './readers.ts';
import { createIssuerHealth } from './issuerHealth.ts';
import type { RedisLink } from './link.ts';
import {
  ACQUIRE_LEASE,
  COMMIT,
  DROP_BOX,
  END,
  MARK_SEEN,
  ADD_TO_INDEX,
  RAISE_EPOCH,
  RELEASE_LEASE,
  EXTEND_LEASE,
  SET_NAME,
} from './scripts.ts';
import { StoreUnreachable, type Lease, type SessionStore } from '../contracts.ts';
import type { SessionFailures } from '../outage.ts';
import type { SessionRecord } from '../../session/record.ts';

const RELEASE_AGAIN_MS = [250, 1000, 4000];

// The braces put all keys of a session in one slot of a cluster; no command touches two slots.
const recordKey = (id: string) => `reseal:{${id}}:record`;
const leaseKey = (id: string) => `reseal:{${id}}:lease`;
const reuseKey = (id: string) => `reseal:{${id}}:reuse`;
const failuresKey = (id: string) => `reseal:{${id}}:failures`;
const epochKey = (person: string) => `reseal:epoch:${person}`;
export const LISTS = 'reseal:sessions:';
const listKey = (person: string) => `${LISTS}${person}`;

/** Whole milliseconds, as Redis and the record's line want them. */
const px = (ms: number) => String(Math.max(1, Math.ceil(ms)));

/** A name as one word of a line; names have no plus sign. @see deviceOf */
const nameOf = (name: string | null) => name?.replaceAll(' ', '+') ?? '-';

/**
 * Remembers in Redis, for all instances together. Needs Redis 6.2 (`GETEX`).
 *
 * Every method is one round trip and every key expires. What cannot be asked, and what answers nonsense, is
 * unreachable: nothing is concluded from it.
 */
export function redisStore(link: RedisLink, clock: Clock): SessionStore {
  const issuerHealth = createIssuerHealth(link);

  async function release(id: string, holder: string): Promise<void> {
    await link.run(readFlag, RELEASE_LEASE, leaseKey(id), holder);
  }

  /** Frees a lease that Redis may have given us without our hearing of it. */
  async function releaseBehind(id: string, holder: string): Promise<void> {
    for (const ms of RELEASE_AGAIN_MS) {
      await sleep(clock, ms);
      const done = await release(id, holder).then(
        () => true,
        () => false,
      );
      if (done) return;
    }
  }

  /** Rehearses on every shard what a login and a refresh need: a write, a script and a read. */
  const ready = link.rehearsal(async () => {
    const keys = await link.shardKeys();
    await Promise.all(
      keys.flatMap((key) => [
        link.ask(readOk, 'SET', key, 'ready', 'PX', '1000'),
        link.run(readFlag, EXTEND_LEASE, key, 'ready', '1000'),
        link.ask(readText, 'GET', key),
      ]),
    );
  });

  const acquiringNow = new Map<string, Promise<Acquired>>();
  /**
   * Lets reads of the same turn share the reply of a try to take the lease, which names the record and the failures.
   * Only of the same turn: nothing is sent before it is over, so the reply is no older than the read.
   */
  function shareThisTurn(id: string, acquiring: Promise<Acquired>): void {
    acquiringNow.set(id, acquiring);
    queueMicrotask(() => acquiringNow.delete(id));
  }

  function recordOf(id: string): Promise<SessionRecord | null> {
    const acquiring = acquiringNow.get(id);
    return acquiring ? acquiring.then(({ record }) => record) : link.ask(readRecord, 'GET', recordKey(id));
  }

  function failuresOf(id: string): Promise<SessionFailures> {
    const acquiring = acquiringNow.get(id);
    return acquiring
      ? acquiring.then(({ failures }) => failures)
      : link.ask(readFailures, 'GET', failuresKey(id));
  }

  async function acquire(id: string, ttlMs: number): Promise<Lease | null> {
    if (link.isSettling()) throw new StoreUnreachable(ourError('Redis was out of reach a moment ago.'));
    const holder = randomUUID();
    const keys = [leaseKey(id), recordKey(id), failuresKey(id)] as const;
    const acquiring = link.run(readAcquired, ACQUIRE_LEASE, keys, holder, px(ttlMs));
    shareThisTurn(id, acquiring);
    const { isTaken, record } = await acquiring.catch((err: unknown) => {
      void releaseBehind(id, holder);
      throw err;
    });
    if (!isTaken) return null;
    return {
      record,
      extend: (ms) => link.run(readFlag, EXTEND_LEASE, leaseKey(id), holder, px(ms)),
      release: () => release(id, holder),
    };
  }

  return {
    // Two commands of one write: the person's epoch lives in another slot.
    read: async (id, person) => {
      const [record, epoch] = await Promise.all([recordOf(id), link.ask(readCount, 'GET', epochKey(person))]);
      return { record, epoch };
    },
    commit: (id, { version, refreshedAtMs, box, supersededSinceMs = 0 }, ttlMs) => {
      const words = [`${version}`, px(refreshedAtMs), box, px(ttlMs), `${Math.floor(supersededSinceMs)}`];
      return link.run(readVerdict, COMMIT, recordKey(id), ...words);
    },
    markSeen: (id, version, atMs) => link.run(readOk, MARK_SEEN, recordKey(id), `${version}`, px(atMs)),
    dropBox: (id, version) => link.run(readOk, DROP_BOX, recordKey(id), `${version}`),
    end: (id, reason, ttlMs, onlyVersion) =>
      link.run(readRecord, END, recordKey(id), reason, px(ttlMs), `${onlyVersion ?? ''}`),
    epochOf: (person) => link.ask(readCount, 'GET', epochKey(person)),
    epochAtLogin: (person, ttlMs) => link.ask(readCount, 'GETEX', epochKey(person), 'PX', px(ttlMs)),
    raiseEpoch: (person, above, ttlMs) =>
      link.run(readOk, RAISE_EPOCH, epochKey(person), `${above}`, px(ttlMs)),
    setReused: (id, atMs, ttlMs) => link.ask(readTime, 'SET', reuseKey(id), px(atMs), 'PX', px(ttlMs), 'GET'),
    reusedAt: (id) => link.ask(readTime, 'GET', reuseKey(id)),
    addToIndex: (person, session, ttlMs) => {
      const { id, device, epoch, provider, network = '-' } = session;
      const times = [session.endsAtMs, session.createdAtMs, session.refreshedAtMs].map(px);
      const names = [nameOf(device.browser), nameOf(device.system)];
      const line = [...times, epoch, provider ?? '-', ...names, network].join(' ');
      return link.run(readOk, ADD_TO_INDEX, listKey(person), id, line, px(clock.now()), px(ttlMs));
    },
    sessionsOf: (person) => link.ask(readListed, 'HGETALL', listKey(person)),
    setName: (person, id, name) => link.run(readFlag, SET_NAME, listKey(person), id, name ?? ''),
    removeFromIndex: (person, id) => link.ask(readDeleted, 'HDEL', listKey(person), id, `name:${id}`),
    acquire,
    failures: async (session) => {
      const [own, issuer] = await Promise.all([failuresOf(session), issuerHealth.read()]);
      return { own, issuer };
    },
    setFailures: (session, own, ttlMs) =>
      link.ask(readOk, 'SET', failuresKey(session), failuresLine(own), 'PX', px(ttlMs)),
    countFailure: (failure) => issuerHealth.count(failure),
    setHealthy: (grantedAtMs) => issuerHealth.setHealthy(grantedAtMs),
    ready,
    close: async () => link.close(),
  };
}
