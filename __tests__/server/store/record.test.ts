import fc from 'fast-check';
import {
  standingOf,
  supersededBy,
  type SealedSession,
  type SessionRecord,
} from '../../../server/session/record.ts';
import { isFresh } from '../../../server/refresh/isFresh.ts';

/** Versions below 2 are superseded for good, those below 4 a grace period after 20. */
const superseded = { below: 2, nextBelow: 4, nextSinceMs: 20 };
const LIFETIMES = { idleMs: 1000, maxMs: 5000, graceMs: 100 };

function sealOf(changes: Partial<SealedSession> = {}): SealedSession {
  return {
    id: 'id',
    version: 2,
    user: { id: 'ada', name: 'Ada' },
    pair: { accessToken: 'a', refreshToken: 'r', expiresAtMs: null, refreshedAtMs: 0 },
    boxKey: 'key',
    epoch: 1,
    createdAtMs: 0,
    ...changes,
  };
}

function recordOf(changes: Partial<SessionRecord> = {}): SessionRecord {
  return { version: 2, box: 'box', seenAtMs: null, refreshedAtMs: 0, ended: null, ...changes };
}

const seal = (more: object = {}) => ({
  kind: 'seal',
  endsAtMs: 1000,
  firstSeen: false,
  boxOverdue: false,
  ...more,
});
const box = (version: number, endsAtMs = 1000) => ({ kind: 'box', box: 'box', version, endsAtMs });
const ended = (reason: string) => ({ kind: 'ended', reason });

describe('where a seal stands', () => {
  // title, seal, record, epoch, now, standing
  test.each<[string, Partial<SealedSession>, Partial<SessionRecord> | null, number, number, object]>([
    ['no record: the seal', {}, null, 1, 0, seal()],
    ['a record that ended: ended', {}, { ended: 'logout' }, 1, 0, ended('logout')],
    ['ended, though the seal is newer', { version: 9 }, { ended: 'dead' }, 1, 0, ended('dead')],
    ['ended goes before every deadline', {}, { ended: 'replaced' }, 9, 9999, ended('replaced')],
    ['a raised epoch', {}, null, 2, 0, ended('everywhere')],
    ['an epoch below the seal’s: a store that forgot', {}, null, 0, 0, seal()],
    ['just before the idle deadline', {}, null, 1, 999, seal()],
    ['at the idle deadline', {}, null, 1, 1000, ended('idle')],
    [
      'idle counts from the record’s refresh',
      {},
      { refreshedAtMs: 500 },
      1,
      1499,
      seal({ endsAtMs: 1500, firstSeen: true }),
    ],
    ['and ends with it', {}, { refreshedAtMs: 500 }, 1, 1500, ended('idle')],
    [
      'a box keeps an old seal from being idle',
      { version: 1 },
      { refreshedAtMs: 500 },
      1,
      1200,
      box(2, 1500),
    ],
    [
      'just before the absolute deadline',
      {},
      { refreshedAtMs: 4500 },
      1,
      4999,
      seal({ endsAtMs: 5000, firstSeen: true }),
    ],
    ['at the absolute deadline', {}, { refreshedAtMs: 4500 }, 1, 5000, ended('absolute')],
    ['the newest seal, never brought before', {}, {}, 1, 0, seal({ firstSeen: true })],
    ['the newest seal, brought before', {}, { seenAtMs: 10 }, 1, 109, seal()],
    [
      'the newest seal after the grace: its box may go',
      {},
      { seenAtMs: 10 },
      1,
      110,
      seal({ boxOverdue: true }),
    ],
    ['the newest seal, its box gone', {}, { seenAtMs: 10, box: null }, 1, 500, seal()],
    ['an older seal, the newest never brought: for as long as it takes', { version: 1 }, {}, 1, 999, box(2)],
    ['an older seal within the grace', { version: 1 }, { seenAtMs: 10 }, 1, 109, box(2)],
    ['an older seal after the grace', { version: 1 }, { seenAtMs: 10 }, 1, 110, ended('superseded')],
    ['an older seal, the box gone', { version: 1 }, { seenAtMs: 10, box: null }, 1, 50, ended('superseded')],
    [
      'an older seal that was superseded before',
      { version: 1 },
      { version: 5, superseded },
      1,
      0,
      ended('superseded'),
    ],
    ['an older seal whose own grace goes on', { version: 2 }, { version: 5, superseded }, 1, 119, box(5)],
    [
      'an older seal whose own grace is over',
      { version: 2 },
      { version: 5, superseded },
      1,
      120,
      ended('superseded'),
    ],
    [
      'an older seal that the newest version alone replaced',
      { version: 4 },
      { version: 5, superseded },
      1,
      120,
      box(5),
    ],
    ['many versions behind', { version: 1 }, { version: 7 }, 1, 0, box(7)],
    ['a record older than the seal: a store that forgot', { version: 9 }, {}, 1, 0, seal()],
  ])('%s', (_, sealed, record, epoch, nowMs, standing) => {
    const state = { record: record && recordOf(record), epoch };
    const { version } = sealOf(sealed);
    // The newest seal has a box beside it that is as new: it has the tokens of resources.
    const beside = state.record?.version === version ? state.record.box : null;
    const expected = 'firstSeen' in standing ? { ...standing, box: beside } : standing;
    expect(standingOf(sealOf(sealed), state, nowMs, LIFETIMES)).toEqual(expected);
  });
});

describe('a session is refreshed already', () => {
  // title, version, expiresAtMs, refreshedAtMs, staleVersion, now, isFresh
  test.each<[string, number, number | null, number, number, number, boolean]>([
    ['no: this very version died', 2, null, 0, 2, 0, false],
    ['no: this very version died, however new', 2, 60_000, 0, 2, 0, false],
    ['no: the caller is ahead', 2, null, 0, 3, 0, false],
    ['yes: newer, its expiry unknown', 2, null, 0, 1, 9e9, true],
    ['yes: newer and good for more than five seconds', 2, 60_000, 0, 1, 54_999, true],
    ['no: newer, but good for five seconds only', 2, 60_000, 0, 1, 55_000, false],
    ['no: newer, but dead itself', 2, 60_000, 0, 1, 60_000, false],
    ['yes: of a life of ten seconds a quarter is left', 2, 10_000, 0, 1, 7499, true],
    ['no: less than a quarter is left', 2, 10_000, 0, 1, 7500, false],
    ['yes: a life of half a second, most of it gone, but obtained just now', 2, 500, 0, 1, 450, true],
    ['no: obtained just now, but dead already', 2, 500, 0, 1, 500, false],
    ['yes: the clock was set back since', 2, 60_000, 0, 1, -5000, true],
  ])('%s', (_, version, expiresAtMs, refreshedAtMs, staleVersion, nowMs, expected) => {
    const token = { version, expiresAtMs, obtainedAtMs: refreshedAtMs };
    expect(isFresh(token, staleVersion, nowMs)).toBe(expected);
  });
});

/** Refreshes and looks of one session, each some time after the last; returns how the newest record judges a cookie. */
function liveThrough(steps: readonly { afterMs: number; isSeen: boolean }[]) {
  const { graceMs } = LIFETIMES;
  const seenAt = new Map<number, number>();
  let nowMs = 0;
  let record = recordOf({ version: 2 });
  for (const { afterMs, isSeen } of steps) {
    nowMs += afterMs;
    if (isSeen) {
      record = { ...record, seenAtMs: record.seenAtMs ?? nowMs };
      seenAt.set(record.version, record.seenAtMs ?? nowMs);
      continue;
    }
    const older = supersededBy(record, nowMs - graceMs);
    record = recordOf({ version: record.version + 1, ...(older && { superseded: older }) });
  }
  const isRefused = (version: number, atMs: number) =>
    standingOf(sealOf({ version }), { record, epoch: 1 }, atMs, { ...LIFETIMES, idleMs: 1e9, maxMs: 1e9 })
      .kind === 'ended';
  /** When the first version newer than this one was seen. */
  const supersededAt = (version: number) =>
    Math.min(...[...seenAt].filter(([seen]) => seen > version).map(([, at]) => at));
  return { record, nowMs, isRefused, supersededAt, graceMs };
}

const steps = fc.array(fc.record({ afterMs: fc.nat(150), isSeen: fc.boolean() }), { maxLength: 30 });

test('a cookie is never refused before the grace period of the version that superseded it is over', () => {
  fc.assert(
    fc.property(steps, fc.nat(300), (history, laterMs) => {
      const { record, nowMs, isRefused, supersededAt, graceMs } = liveThrough(history);
      for (let version = 1; version < record.version; version += 1)
        if (isRefused(version, nowMs + laterMs))
          expect(nowMs + laterMs).toBeGreaterThanOrEqual(supersededAt(version) + graceMs);
    }),
  );
});

test('a superseded cookie is refused at the latest two grace periods and one token life later, however often the session refreshes', () => {
  const lifeMs = 30;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), (lives) => {
      const round = [
        { afterMs: lifeMs, isSeen: false },
        { afterMs: 0, isSeen: true },
      ];
      const { record, nowMs, isRefused, supersededAt, graceMs } = liveThrough(
        Array.from({ length: lives }, () => round).flat(),
      );
      for (let version = 1; version < record.version; version += 1)
        if (nowMs >= supersededAt(version) + 2 * graceMs + lifeMs)
          expect(isRefused(version, nowMs)).toBe(true);
    }),
  );
});
