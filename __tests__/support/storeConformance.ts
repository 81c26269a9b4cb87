import { setTimeout as wait } from 'node:timers/promises';
import { MOST_LISTED, type ListedSession } from '../../server/store/listedSession.ts';
import {
  counted,
  HEALTHY,
  NO_FAILURES,
  type IssuerHealth,
  type SessionFailures,
} from '../../server/store/outage.ts';
import fc from 'fast-check';
import type { Lease, SessionStore } from '../../server/store/contracts.ts';
import { until } from '../../testing/until.ts';

const HOUR_MS = 3_600_000;
export const pairOf = (version: number) => ({
  version,
  box: `box-of-${version}`,
  refreshedAtMs: 1000 * version,
});

/** The tests that every store passes, whatever it is made of. */
export function testsOfAStore(open: () => Promise<SessionStore>): void {
  let store: SessionStore;
  let count = 0;
  let id: string;
  let ada: string;

  beforeEach(async () => {
    store = await open();
    id = `session-${(count += 1)}`;
    ada = `person-${count}`;
  });

  test('remembers nothing of a session that was never refreshed', async () => {
    expect(await store.read(id, ada)).toEqual({ record: null, epoch: 0 });
  });

  test('commits the newest version, and reads it back', async () => {
    expect(await store.commit(id, pairOf(2), HOUR_MS)).toBe('committed');
    const record = { version: 2, box: 'box-of-2', refreshedAtMs: 2000, seenAtMs: null, ended: null };
    expect(await store.read(id, ada)).toEqual({ record, epoch: 0 });
  });

  test('refuses a commit of a version that it has, or of an older one', async () => {
    await store.commit(id, pairOf(3), HOUR_MS);
    expect(await store.commit(id, { ...pairOf(3), box: 'another' }, HOUR_MS)).toBe('moved');
    expect(await store.commit(id, pairOf(2), HOUR_MS)).toBe('moved');
    expect((await store.read(id, ada)).record?.box).toBe('box-of-3');
  });

  test('counts versions as numbers: 10 comes after 9', async () => {
    await store.commit(id, pairOf(9), HOUR_MS);
    expect(await store.commit(id, pairOf(10), HOUR_MS)).toBe('committed');
    expect(await store.commit(id, pairOf(9), HOUR_MS)).toBe('moved');
  });

  test('lets one of ten commits of the same version through', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 10 }, (_, n) => store.commit(id, { ...pairOf(2), box: `box-${n}` }, HOUR_MS)),
    );
    expect(verdicts.toSorted()).toEqual(['committed', ...Array<string>(9).fill('moved')]);
  });

  test('refuses every commit once the session ended, and keeps the first reason', async () => {
    await store.commit(id, pairOf(2), HOUR_MS);
    expect((await store.end(id, 'logout', HOUR_MS))?.box).toBe('box-of-2');
    expect((await store.end(id, 'dead', HOUR_MS))?.ended).toBe('logout');
    expect(await store.commit(id, pairOf(3), HOUR_MS)).toBe('ended');
    expect((await store.read(id, ada)).record).toMatchObject({ ended: 'logout', box: null, version: 2 });
  });

  test('ends a session that it remembers nothing of', async () => {
    expect(await store.end(id, 'replaced', HOUR_MS)).toBeNull();
    expect(await store.commit(id, pairOf(2), HOUR_MS)).toBe('ended');
  });

  test('ends a dead version only while nothing newer is remembered', async () => {
    await store.commit(id, pairOf(3), HOUR_MS);
    expect((await store.end(id, 'dead', HOUR_MS, 2))?.version).toBe(3);
    expect((await store.read(id, ada)).record?.ended).toBeNull();
    await store.end(id, 'dead', HOUR_MS, 3);
    expect((await store.read(id, ada)).record?.ended).toBe('dead');
  });

  test('notes when the newest version was first seen, once', async () => {
    await store.commit(id, pairOf(2), HOUR_MS);
    await store.markSeen(id, 1, 5);
    expect((await store.read(id, ada)).record?.seenAtMs).toBeNull();
    await store.markSeen(id, 2, 7000);
    await store.markSeen(id, 2, 8000);
    expect((await store.read(id, ada)).record).toMatchObject({ seenAtMs: 7000, box: 'box-of-2' });
    await store.commit(id, pairOf(3), HOUR_MS);
    expect((await store.read(id, ada)).record?.seenAtMs).toBeNull();
  });

  test('remembers which cookies were superseded before the newest version, and which will be', async () => {
    const commit = async (version: number, supersededSinceMs: number) => {
      await store.commit(id, { ...pairOf(version), supersededSinceMs }, HOUR_MS);
      return (await store.read(id, ada)).record?.superseded;
    };
    expect(await commit(2, 9000)).toBeUndefined();
    expect(await commit(3, 9000)).toBeUndefined(); // version 2 was never seen
    await store.markSeen(id, 3, 7000);
    const below3 = { below: 0, nextBelow: 3, nextSinceMs: 7000 };
    expect(await commit(4, 6000)).toEqual(below3); // the grace period since version 3 was seen goes on
    await store.markSeen(id, 4, 8000);
    expect(await commit(5, 6999)).toEqual(below3);
    expect(await commit(6, 7000)).toEqual({ below: 3, nextBelow: 0, nextSinceMs: 0 });
    await store.markSeen(id, 6, 9000);
    await store.dropBox(id, 6);
    expect((await store.read(id, ada)).record).toMatchObject({ seenAtMs: 9000, box: null, version: 6 });
    expect(await commit(7, 8999)).toEqual({ below: 3, nextBelow: 6, nextSinceMs: 9000 });
    await store.markSeen(id, 7, 9500);
    expect(await commit(8, 9500)).toEqual({ below: 7, nextBelow: 0, nextSinceMs: 0 });
    expect((await store.end(id, 'logout', HOUR_MS))?.superseded?.below).toBe(7);
  });

  test('drops the box of the newest version, and no other', async () => {
    await store.commit(id, pairOf(2), HOUR_MS);
    await store.dropBox(id, 1);
    expect((await store.read(id, ada)).record?.box).toBe('box-of-2');
    await store.dropBox(id, 2);
    expect((await store.read(id, ada)).record).toMatchObject({ version: 2, box: null });
  });

  test('raises the epoch of a person above what a seal says and above what it remembers', async () => {
    expect(await store.epochAtLogin(ada, HOUR_MS)).toBe(0);
    await store.raiseEpoch(ada, 0, HOUR_MS);
    await store.raiseEpoch(ada, 0, HOUR_MS);
    expect((await store.read(id, ada)).epoch).toBe(2);
    await store.raiseEpoch(ada, 7, HOUR_MS);
    expect(await store.epochAtLogin(ada, HOUR_MS)).toBe(8);
    expect((await store.read(id, `not-${ada}`)).epoch).toBe(0);
  });

  test('keeps the list of a person: the newest of each session, none that is over, fifty at most', async () => {
    const nowMs = Date.now();
    const one = (name: string, endsInMs: number): ListedSession => ({
      id: `${id}-${name}`,
      device: { browser: 'Firefox', system: 'Chrome OS (2)' },
      epoch: 3,
      provider: null,
      createdAtMs: nowMs - 5,
      refreshedAtMs: nowMs,
      endsAtMs: nowMs + endsInMs,
    });
    const idsOf = async () => (await store.sessionsOf(ada)).map((listed) => listed.id).toSorted();
    expect(await store.sessionsOf(ada)).toEqual([]);
    await store.addToIndex(ada, one('a', HOUR_MS), HOUR_MS);
    await store.addToIndex(ada, { ...one('a', HOUR_MS + 7), provider: 'sid:x' }, HOUR_MS);
    expect(await store.sessionsOf(ada)).toEqual([{ ...one('a', HOUR_MS + 7), provider: 'sid:x' }]);
    expect(await store.sessionsOf(`not-${ada}`)).toEqual([]);

    await store.addToIndex(ada, one('over', -1), HOUR_MS);
    await store.addToIndex(ada, one('b', 9000), 9000);
    expect(await idsOf()).toEqual([`${id}-a`, `${id}-b`]);
    await store.removeFromIndex(ada, `${id}-b`);
    await store.removeFromIndex(ada, `${id}-b`);
    expect(await idsOf()).toEqual([`${id}-a`]);

    const many = Array.from({ length: MOST_LISTED + 3 }, (_, n) => one(`${n}`, 100_000 + n));
    await Promise.all(many.map((listed) => store.addToIndex(ada, listed, 200_000)));
    const kept = await idsOf();
    expect(kept).toHaveLength(MOST_LISTED);
    expect(kept).toContain(`${id}-a`);
    expect(kept).toContain(`${id}-${MOST_LISTED + 2}`);
    expect(kept).not.toContain(`${id}-0`);
  });

  test('keeps the name of a listed session over its refreshes; a session that is not there gets none', async () => {
    const endsAtMs = Date.now() + HOUR_MS;
    const device = { browser: null, system: 'Linux' };
    const times = { createdAtMs: 5, refreshedAtMs: 5, endsAtMs };
    const own: ListedSession = { id, device, network: '203.0.113.0/24', epoch: 0, provider: null, ...times };
    const other = { ...own, id: `${id}-other`, network: '2001:db8:0::/48' };
    expect(await store.setName(ada, id, 'too early')).toBe(false);
    await store.addToIndex(ada, own, HOUR_MS);
    await store.addToIndex(ada, other, HOUR_MS);
    const listed = async () => new Map((await store.sessionsOf(ada)).map((one) => [one.id, one]));
    for (const name of ['Ada’s phone', '-', '100 % "mine" + 다리 📱 %2D', 'a-b c']) {
      expect(await store.setName(ada, id, name)).toBe(true);
      await store.addToIndex(ada, { ...own, refreshedAtMs: 6, network: '192.0.2.0/24' }, HOUR_MS);
      const kept = { ...own, refreshedAtMs: 6, network: '192.0.2.0/24', name };
      expect(await listed()).toEqual(new Map([[id, kept], [other.id, other]])); // prettier-ignore
    }
    expect(await store.setName(`not-${ada}`, id, 'a stranger')).toBe(false);
    expect(await store.setName(ada, id, null)).toBe(true);
    expect((await listed()).get(id)).not.toHaveProperty('name');
    await store.removeFromIndex(ada, id);
    expect(await store.setName(ada, id, 'too late')).toBe(false);
  });

  test('gives the lease of a session to one holder at a time', async () => {
    const taken = await Promise.all(Array.from({ length: 10 }, () => store.acquire(id, HOUR_MS)));
    const [lease, ...more] = taken.filter((one) => one !== null);
    expect(more).toEqual([]);
    expect(await store.acquire(`not-${id}`, HOUR_MS)).not.toBeNull();
    await lease!.release();
    expect(await store.acquire(id, HOUR_MS)).not.toBeNull();
  });

  test('an old holder can neither free nor prolong the lease of the new one', async () => {
    const old = await store.acquire(id, 1);
    let next: Lease | null = null;
    await until(async () => (next = await store.acquire(id, HOUR_MS)) !== null);
    expect(await old!.extend(1)).toBe(false);
    await old!.release();
    expect(await store.acquire(id, HOUR_MS)).toBeNull();
    expect(await next!.extend(HOUR_MS)).toBe(true);
  });

  test('a holder takes a lease again that ran out and that no one took', async () => {
    const lease = await store.acquire(id, 1);
    await wait(10);
    expect(await lease!.extend(HOUR_MS)).toBe(true);
    expect(await store.acquire(id, HOUR_MS)).toBeNull();
    await lease!.release();
    expect(await store.acquire(id, HOUR_MS)).not.toBeNull();
  });

  test('gives a lease together with the record that it protects', async () => {
    const first = await store.acquire(id, HOUR_MS);
    expect(first?.record).toBeNull();
    await store.commit(id, pairOf(2), HOUR_MS);
    await first!.release();
    expect((await store.acquire(id, HOUR_MS))?.record).toEqual((await store.read(id, ada)).record);
  });

  test('keeps the failures of each session', async () => {
    const own: SessionFailures = {
      failures: 3,
      untilMs: Date.now() + 60_000,
      kind: 'client refused',
      rejection: '400:interaction_required',
      rejections: 2,
      rejectedSinceMs: Date.now(),
      fullAtMs: Date.now() + 4000,
    };
    expect((await store.failures(id)).own).toEqual(NO_FAILURES);
    for (const kind of ['client refused', 'transient', 'throttled', 'rejected', null] as const) {
      await store.setFailures(id, { ...own, kind }, HOUR_MS);
      expect((await store.failures(id)).own).toEqual({ ...own, kind });
    }
    await store.setFailures(id, NO_FAILURES, HOUR_MS);
    expect((await store.failures(id)).own).toEqual(NO_FAILURES);
    expect((await store.failures(`not-${id}`)).own).toEqual(NO_FAILURES);
  });

  test('counts failures of the issuer and opens windows as the rule says, in any order', async () => {
    const kinds = ['transient', 'throttled', 'client refused', 'rejected', null] as const;
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom(...kinds),
        session: fc.constantFrom('a', 'b', 'c', 'ab', 'd-_', 'e', 'f'),
        askedMs: fc.constantFrom(0, 0, 9000, 300_000),
        laterMs: fc.constantFrom(0, 5, 1000, 40_000),
        granted: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
      }),
      { minLength: 30, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        let nowMs = Date.now();
        let health: IssuerHealth = { ...HEALTHY, grantedAtMs: nowMs };
        await store.setHealthy(nowMs);
        for (const { laterMs, granted, ...failure } of taken) {
          nowMs += laterMs;
          const next = granted ? { ...HEALTHY, grantedAtMs: nowMs } : counted(health, { ...failure, nowMs });
          const opened = next.windows > health.windows;
          if (granted) await store.setHealthy(nowMs);
          else
            expect(await store.countFailure({ ...failure, nowMs })).toEqual({
              opened,
              untilMs: next.untilMs,
            });
          health = next;
          expect((await store.failures(id)).issuer).toEqual(health);
        }
      }),
      { numRuns: 15, seed: 20_261_129 },
    );
  });

  test('lets one of ten that find a window over open the next', async () => {
    const nowMs = Date.now();
    await store.setHealthy(nowMs);
    for (const session of ['a', 'b', 'c', 'd', 'e'])
      await store.countFailure({ kind: 'transient', session, nowMs, askedMs: 0 });
    const ask = { kind: null, session: 'f', nowMs: nowMs + 1000, askedMs: 0 };
    const asked = Array.from({ length: 10 }, () => store.countFailure(ask));
    expect((await Promise.all(asked)).filter(({ opened }) => opened)).toHaveLength(1);
    await store.setHealthy(nowMs);
  });

  test('remembers when a superseded cookie was used, and tells when that was before', async () => {
    expect(await store.reusedAt(id)).toBeNull();
    expect(await store.setReused(id, 5000, HOUR_MS)).toBeNull();
    expect(await store.setReused(id, 7000, HOUR_MS)).toBe(5000);
    expect(await store.reusedAt(id)).toBe(7000);
    expect(await store.reusedAt(`not-${id}`)).toBeNull();
  });
}
