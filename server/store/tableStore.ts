import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { FailureCounts, Leases, SessionIndex, SessionRecords, SessionStore } from './contracts.ts';
import { withListed, type ListedSession } from './listedSession.ts';
import {
  counted,
  HEALTHY,
  NO_FAILURES,
  REMEMBERED_MS,
  type IssuerHealth,
  type SessionFailures,
} from './outage.ts';
import { memoryTables, type Tables } from './tables.ts';
import { supersededBy, type SessionRecord } from '../session/record.ts';

const ISSUER = 'issuer';

/** Remembers within one process; what it remembers is gone with the process. */
export function memoryStore(clock: Clock): SessionStore {
  return tableStore(memoryTables(clock), clock);
}

/** Makes a store over tables, in memory or in a file. */
export function tableStore(tables: Tables, clock: Clock): SessionStore {
  return {
    ...recordsIn(tables),
    ...leasesIn(tables),
    ...indexIn(tables, clock),
    ...failureCountsIn(tables),
    ready: () => tables.ready(),
    close: () => tables.close(),
  };
}

function recordsIn(tables: Tables): SessionRecords {
  const records = tables.table<SessionRecord>('records');
  const epochs = tables.table<number>('epochs');
  const reuses = tables.table<number>('reuses');
  return {
    read: (id, person) =>
      tables.read(() => ({ record: records.get(id) ?? null, epoch: epochs.get(person) ?? 0 })),
    commit: (id, next, ttlMs) =>
      tables.write(() => {
        const record = records.get(id);
        if (record?.ended) return 'ended';
        if (record && record.version >= next.version) return 'moved';
        const { supersededSinceMs = -Infinity, ...newest } = next;
        const superseded = record && supersededBy(record, supersededSinceMs);
        records.set(id, { ...newest, seenAtMs: null, ended: null, ...(superseded && { superseded }) }, ttlMs);
        return 'committed';
      }, 'power'),
    markSeen: (id, version, atMs) =>
      tables.write(() => {
        const record = records.get(id);
        if (record?.version === version && record.seenAtMs === null)
          records.update(id, { ...record, seenAtMs: atMs });
      }),
    dropBox: (id, version) =>
      tables.write(() => {
        const record = records.get(id);
        if (record?.version === version) records.update(id, { ...record, box: null });
      }),
    end: (id, reason, ttlMs, onlyVersion) =>
      tables.write(() => {
        const record = records.get(id) ?? null;
        if (onlyVersion !== undefined && record && record.version > onlyVersion) return record;
        const { version = 0, refreshedAtMs = 0, ended = null } = record ?? {};
        records.set(id, { version, refreshedAtMs, box: null, seenAtMs: null, ended: ended ?? reason }, ttlMs);
        return record;
      }, 'power'),
    epochOf: (person) => tables.read(() => epochs.get(person) ?? 0),
    epochAtLogin: (person, ttlMs) =>
      tables.write(() => {
        const epoch = epochs.get(person) ?? 0;
        if (epoch > 0) epochs.set(person, epoch, ttlMs);
        return epoch;
      }),
    raiseEpoch: (person, above, ttlMs) =>
      tables.write(() => {
        epochs.set(person, Math.max(epochs.get(person) ?? 0, above) + 1, ttlMs);
      }, 'power'),
    setReused: (id, atMs, ttlMs) =>
      tables.write(() => {
        const before = reuses.get(id) ?? null;
        reuses.set(id, atMs, ttlMs);
        return before;
      }),
    reusedAt: (id) => tables.read(() => reuses.get(id) ?? null),
  };
}

function leasesIn(tables: Tables): Leases {
  const leases = tables.table<string>('leases');
  const records = tables.table<SessionRecord>('records');
  return {
    acquire: (id, ttlMs) =>
      tables.write(() => {
        if (leases.get(id) !== undefined) return null;
        const holder = randomUUID();
        leases.set(id, holder, ttlMs);
        return {
          record: records.get(id) ?? null,
          extend: (ms) =>
            tables.write(() => (leases.get(id) ?? holder) === holder && (leases.set(id, holder, ms), true)),
          release: () => tables.write(() => void (leases.get(id) === holder && leases.delete(id))),
        };
      }),
  };
}

function indexIn(tables: Tables, clock: Clock): SessionIndex {
  const lists = tables.table<readonly ListedSession[]>('lists');
  return {
    addToIndex: (person, session) =>
      tables.write(() => {
        const list = withListed(lists.get(person) ?? [], session, clock.now());
        lists.set(person, list, (list[0]?.endsAtMs ?? 0) - clock.now());
      }),
    sessionsOf: (person) => tables.read(() => lists.get(person) ?? []),
    setName: (person, id, name) =>
      tables.write(() => {
        const list = lists.get(person) ?? [];
        if (!list.some((listed) => listed.id === id)) return false;
        const renamed = list.map((listed) => {
          const { name: before = null, ...rest } = listed;
          if (listed.id !== id || before === name) return listed;
          return name === null ? rest : { ...rest, name };
        });
        lists.update(person, renamed);
        return true;
      }),
    removeFromIndex: (person, id) =>
      tables.write(() => {
        const rest = (lists.get(person) ?? []).filter((listed) => listed.id !== id);
        if (rest.length > 0) lists.update(person, rest);
        else lists.delete(person);
      }),
  };
}

function failureCountsIn(tables: Tables): FailureCounts {
  const failures = tables.table<SessionFailures>('failures');
  const issuer = tables.table<IssuerHealth>('issuer');
  const health = () => issuer.get(ISSUER) ?? HEALTHY;
  return {
    failures: (session) =>
      tables.read(() => ({ own: failures.get(session) ?? NO_FAILURES, issuer: health() })),
    setFailures: (session, own, ttlMs) => tables.write(() => failures.set(session, own, ttlMs)),
    countFailure: (failure) =>
      tables.write(() => {
        const { windows } = health();
        const next = counted(health(), failure);
        issuer.set(ISSUER, next, REMEMBERED_MS);
        return { opened: next.windows > windows, untilMs: next.untilMs };
      }),
    setHealthy: (grantedAtMs) =>
      tables.write(() => issuer.set(ISSUER, { ...HEALTHY, grantedAtMs }, REMEMBERED_MS)),
  };
}
