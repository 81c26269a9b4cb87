import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Expiring } from './expiringMap.ts';
import { withListed, type ListedSession } from './listedSession.ts';
import { counted, NO_OUTAGE, REMEMBERED_MS, type Outage } from './outage.ts';
import type { SessionRecord } from '../session/record.ts';
import { COUNT_OUTLASTS_MS, type Cooldown, type SessionStore } from './contracts.ts';

const OUTAGE = 'outage';

/**
 * Remembers within one process.
 *
 * Each method runs to its end without an `await`: that is what makes it atomic. What it remembers is gone
 * with the process; a session then lives on by its seal.
 */
export function memoryStore(clock: Clock): SessionStore {
  const records = new Expiring<SessionRecord>(clock);
  const epochs = new Expiring<number>(clock);
  const lists = new Expiring<readonly ListedSession[]>(clock);
  const leases = new Expiring<string>(clock);
  const cooldowns = new Expiring<Cooldown>(clock);
  const outages = new Expiring<Outage>(clock);
  const outage = () => outages.get(OUTAGE) ?? NO_OUTAGE;

  return {
    read: async (id, person) => ({ record: records.get(id) ?? null, epoch: epochs.get(person) ?? 0 }),
    commit: async (id, next, ttlMs) => {
      const record = records.get(id);
      if (record?.ended) return 'ended';
      if (record && record.version >= next.version) return 'moved';
      records.set(id, { ...next, seenAtMs: null, ended: null }, ttlMs);
      return 'committed';
    },
    markSeen: async (id, version, atMs) => {
      const record = records.get(id);
      if (record?.version === version && record.seenAtMs === null)
        records.update(id, { ...record, seenAtMs: atMs });
    },
    dropBox: async (id, version) => {
      const record = records.get(id);
      if (record?.version === version) records.update(id, { ...record, box: null });
    },
    end: async (id, reason, ttlMs, onlyVersion) => {
      const record = records.get(id) ?? null;
      if (onlyVersion !== undefined && record && record.version > onlyVersion) return record;
      const { version = 0, refreshedAtMs = 0, ended = null } = record ?? {};
      records.set(id, { version, refreshedAtMs, box: null, seenAtMs: null, ended: ended ?? reason }, ttlMs);
      return record;
    },
    epochAtLogin: async (person, ttlMs) => {
      const epoch = epochs.get(person) ?? 0;
      if (epoch > 0) epochs.set(person, epoch, ttlMs);
      return epoch;
    },
    raiseEpoch: async (person, above, ttlMs) => {
      epochs.set(person, Math.max(epochs.get(person) ?? 0, above) + 1, ttlMs);
    },
    addToIndex: async (person, session) => {
      const list = withListed(lists.get(person) ?? [], session, clock.now());
      lists.set(person, list, (list[0]?.endsAtMs ?? 0) - clock.now());
    },
    sessionsOf: async (person) => lists.get(person) ?? [],
    removeFromIndex: async (person, id) => {
      const rest = (lists.get(person) ?? []).filter((listed) => listed.id !== id);
      if (rest.length > 0) lists.update(person, rest);
      else lists.delete(person);
    },
    acquire: async (id, ttlMs) => {
      if (leases.get(id) !== undefined) return null;
      const holder = randomUUID();
      leases.set(id, holder, ttlMs);
      return {
        extend: async (ms) => (leases.get(id) ?? holder) === holder && (leases.set(id, holder, ms), true),
        release: async () => void (leases.get(id) === holder && leases.delete(id)),
      };
    },
    cooldown: async (name) => cooldowns.get(name) ?? { failures: 0, untilMs: 0 },
    setCooldown: async (name, cooldown) =>
      cooldowns.set(name, cooldown, cooldown.untilMs - clock.now() + COUNT_OUTLASTS_MS),
    endCooldown: async (name) => cooldowns.delete(name),
    outage: async () => outage(),
    countFailures: async (more, nowMs, askedMs) => {
      const { windows } = outage();
      const next = counted(outage(), more, nowMs, askedMs);
      outages.set(OUTAGE, next, REMEMBERED_MS);
      return { opened: next.windows > windows, untilMs: next.untilMs };
    },
    endOutage: async () => outages.delete(OUTAGE),
    ready: async () => undefined,
    close: async () => undefined,
  };
}
