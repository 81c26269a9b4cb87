import { randomUUID } from 'node:crypto';
import { sleep, type Clock } from '../../clock.ts';
import {
  readCount,
  readDeleted,
  readFlag,
  readListed,
  readNumbers,
  readOk,
  readText,
  readRecord,
  readTaken,
  readVerdict,
} from './readers.ts';
import type { RedisLink } from './link.ts';
import {
  COMMIT,
  COUNT_FAILURES,
  DROP_BOX,
  END,
  MARK_SEEN,
  ADD_TO_INDEX,
  RAISE_EPOCH,
  RELEASE_LEASE,
  EXTEND_LEASE,
} from './scripts.ts';
import { COUNT_OUTLASTS_MS, StoreUnreachable, type Lease, type SessionStore } from '../contracts.ts';

const RELEASE_AGAIN_MS = [250, 1000, 4000];

// The braces put all keys of a session in one slot of a cluster; no command touches two keys.
const recordKey = (id: string) => `reseal:{${id}}:record`;
const leaseKey = (id: string) => `reseal:{${id}}:lease`;
const OUTAGE_KEY = 'reseal:outage';
const cooldownKey = (name: string) => `reseal:cooldown:${name}`;
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
    const keys = link.shardKeys();
    if (keys.length === 0) throw new StoreUnreachable(new Error('No node of Redis has answered yet.'));
    await Promise.all(
      keys.flatMap((key) => [
        link.ask(readOk, 'SET', key, 'ready', 'PX', '1000'),
        link.run(readFlag, EXTEND_LEASE, key, 'ready', '1000'),
        link.ask(readText, 'GET', key),
      ]),
    );
  });

  async function acquire(id: string, ttlMs: number): Promise<Lease | null> {
    if (link.isSettling()) throw new StoreUnreachable(new Error('Redis was out of reach a moment ago.'));
    const holder = randomUUID();
    const isOurs = await link
      .ask(readTaken, 'SET', leaseKey(id), holder, 'NX', 'PX', px(ttlMs))
      .catch((err: unknown) => {
        void releaseBehind(id, holder);
        throw err;
      });
    if (!isOurs) return null;
    return {
      extend: (ms) => link.run(readFlag, EXTEND_LEASE, leaseKey(id), holder, px(ms)),
      release: () => release(id, holder),
    };
  }

  return {
    // Two commands of one write: the person's epoch lives in another slot.
    read: async (id, person) => {
      const [record, epoch] = await Promise.all([
        link.ask(readRecord, 'GET', recordKey(id)),
        link.ask(readCount, 'GET', epochKey(person)),
      ]);
      return { record, epoch };
    },
    commit: (id, { version, refreshedAtMs, box }, ttlMs) =>
      link.run(readVerdict, COMMIT, recordKey(id), `${version}`, px(refreshedAtMs), box, px(ttlMs)),
    markSeen: (id, version, atMs) => link.run(readOk, MARK_SEEN, recordKey(id), `${version}`, px(atMs)),
    dropBox: (id, version) => link.run(readOk, DROP_BOX, recordKey(id), `${version}`),
    end: (id, reason, ttlMs, onlyVersion) =>
      link.run(readRecord, END, recordKey(id), reason, px(ttlMs), `${onlyVersion ?? ''}`),
    epochAtLogin: (person, ttlMs) => link.ask(readCount, 'GETEX', epochKey(person), 'PX', px(ttlMs)),
    raiseEpoch: (person, above, ttlMs) =>
      link.run(readOk, RAISE_EPOCH, epochKey(person), `${above}`, px(ttlMs)),
    addToIndex: (person, session, ttlMs) => {
      const { id, device, epoch, provider } = session;
      const times = [session.endsAtMs, session.createdAtMs, session.refreshedAtMs].map(px);
      const line = [...times, epoch, provider ?? '-', nameOf(device.browser), nameOf(device.system)].join(
        ' ',
      );
      return link.run(readOk, ADD_TO_INDEX, listKey(person), id, line, px(clock.now()), px(ttlMs));
    },
    sessionsOf: (person) => link.ask(readListed, 'HGETALL', listKey(person)),
    removeFromIndex: (person, id) => link.ask(readDeleted, 'HDEL', listKey(person), id),
    acquire,
    cooldown: async (name) => {
      const [failures, untilMs] = await link.ask(readNumbers(2), 'GET', cooldownKey(name));
      return { failures, untilMs };
    },
    setCooldown: (name, { failures, untilMs }) => {
      const ttlMs = untilMs - clock.now() + COUNT_OUTLASTS_MS;
      return link.ask(readOk, 'SET', cooldownKey(name), `${failures} ${px(untilMs)}`, 'PX', px(ttlMs));
    },
    endCooldown: (name) => link.ask(readDeleted, 'DEL', cooldownKey(name)),
    outage: async () => {
      const [failures, windows, untilMs] = await link.ask(readNumbers(3), 'GET', OUTAGE_KEY);
      return { failures, windows, untilMs };
    },
    countFailures: async (more, nowMs, askedMs) => {
      const args = [`${more}`, px(nowMs), `${Math.ceil(askedMs)}`];
      const [opened, untilMs] = await link.run(readNumbers(2), COUNT_FAILURES, OUTAGE_KEY, ...args);
      return { opened: opened === 1, untilMs };
    },
    endOutage: () => link.ask(readDeleted, 'DEL', OUTAGE_KEY),
    ready,
    close: async () => link.close(),
  };
}
