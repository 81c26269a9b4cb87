import { Expiring } from '../../../server/store/expiringMap.ts';
import { HEALTHY, NO_FAILURES, REMEMBERED_MS } from '../../../server/store/outage.ts';
import { memoryStore } from '../../../server/store/tableStore.ts';
import type { SessionStore } from '../../../server/store/contracts.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const commitOf = (version: number) => ({ version, box: `box ${version}`, refreshedAtMs: version });

let clock: FakeClock;
let store: SessionStore;
beforeEach(() => {
  clock = new FakeClock();
  store = memoryStore(clock);
});

const recordOf = async (id = 's') => (await store.read(id, 'ada')).record;

describe('a commit', () => {
  test('of ten that are made at once for one version is let through once', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 10 }, () => store.commit('s', commitOf(2), 1000)),
    );
    expect(verdicts.filter((verdict) => verdict === 'committed')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'moved')).toHaveLength(9);
  });

  test('of an older version changes nothing', async () => {
    await store.commit('s', commitOf(3), 1000);
    expect(await store.commit('s', commitOf(2), 1000)).toBe('moved');
    expect(await recordOf()).toMatchObject({ version: 3, box: 'box 3' });
  });

  test('that races an end never leaves a living record behind, whichever comes first', async () => {
    const [first, , second] = await Promise.all([
      store.commit('s', commitOf(2), 1000),
      store.end('s', 'logout', 1000),
      store.commit('s', commitOf(3), 1000),
    ]);
    expect([first, second]).toEqual(['committed', 'ended']);
    expect(await recordOf()).toMatchObject({ ended: 'logout', box: null });
  });

  test('begins a new grace: the newest version has not been seen', async () => {
    await store.commit('s', commitOf(2), 1000);
    await store.markSeen('s', 2, 7);
    await store.commit('s', commitOf(3), 1000);
    expect(await recordOf()).toMatchObject({ seenAtMs: null });
  });
});

describe('an end', () => {
  test('answers what was remembered, box and all, once', async () => {
    await store.commit('s', commitOf(2), 1000);
    expect(await store.end('s', 'logout', 1000)).toMatchObject({ box: 'box 2', ended: null });
    expect(await store.end('s', 'dead', 1000)).toMatchObject({ box: null, ended: 'logout' });
    expect(await recordOf()).toMatchObject({ ended: 'logout' });
  });

  test('of a session never refreshed is remembered too', async () => {
    expect(await store.end('s', 'logout', 1000)).toBeNull();
    expect(await store.commit('s', commitOf(2), 1000)).toBe('ended');
  });

  test('meant for one version spares a newer one', async () => {
    await store.commit('s', commitOf(3), 1000);
    expect(await store.end('s', 'dead', 1000, 2)).toMatchObject({ version: 3 });
    expect(await recordOf()).toMatchObject({ ended: null });
    await store.end('s', 'dead', 1000, 3);
    expect(await recordOf()).toMatchObject({ ended: 'dead' });
  });
});

describe('the grace', () => {
  test('is noted once, for the newest version only, and does not prolong the record', async () => {
    await store.commit('s', commitOf(2), 1000);
    await store.markSeen('s', 1, 5);
    expect(await recordOf()).toMatchObject({ seenAtMs: null });
    clock.jump(999);
    await store.markSeen('s', 2, 6);
    await store.markSeen('s', 2, 7);
    expect(await recordOf()).toMatchObject({ seenAtMs: 6 });
    clock.jump(1);
    expect(await recordOf()).toBeNull();
  });

  test('drops the box of the newest version only', async () => {
    await store.commit('s', commitOf(2), 1000);
    await store.dropBox('s', 1);
    expect(await recordOf()).toMatchObject({ box: 'box 2' });
    await store.dropBox('s', 2);
    expect(await recordOf()).toMatchObject({ version: 2, box: null });
  });
});

describe('a lease', () => {
  test('is one holder’s at a time, until it is given back or its time is over', async () => {
    const lease = await store.acquire('s', 1000);
    expect(await store.acquire('s', 1000)).toBeNull();
    expect(await store.acquire('t', 1000)).not.toBeNull();
    await lease!.release();
    expect(await store.acquire('s', 1000)).not.toBeNull();
    clock.jump(1000);
    expect(await store.acquire('s', 1000)).not.toBeNull();
  });

  test('that was lost can neither be prolonged nor given back: it is another’s', async () => {
    const lost = await store.acquire('s', 1000);
    clock.jump(1000);
    const held = await store.acquire('s', 1000);
    expect(await lost!.extend(9000)).toBe(false);
    await lost!.release();
    expect(await store.acquire('s', 1000)).toBeNull();
    expect(await held!.extend(5000)).toBe(true);
    clock.jump(4999);
    expect(await store.acquire('s', 1000)).toBeNull();
  });
});

describe('an epoch', () => {
  test('rises above what is remembered and above what a session was sealed with', async () => {
    await store.raiseEpoch('ada', 0, 1000);
    expect(await store.epochAtLogin('ada', 1000)).toBe(1);
    await store.raiseEpoch('ada', 7, 1000);
    await store.raiseEpoch('ada', 2, 1000);
    expect((await store.read('s', 'ada')).epoch).toBe(9);
    expect((await store.read('s', 'grace')).epoch).toBe(0);
  });

  test('is kept for as long as the last login may live', async () => {
    await store.raiseEpoch('ada', 0, 1000);
    clock.jump(999);
    await store.epochAtLogin('ada', 1000);
    clock.jump(999);
    expect(await store.epochAtLogin('ada', 1000)).toBe(1);
    clock.jump(1000);
    expect(await store.epochAtLogin('ada', 1000)).toBe(0);
  });
});

test('the failures of a session and of the issuer are forgotten after their time', async () => {
  const own = { ...NO_FAILURES, failures: 2, kind: 'transient' as const, untilMs: clock.now() + 1000 };
  await store.setFailures('x', own, 61_000);
  await store.countFailure({ kind: 'throttled', session: 'x', nowMs: clock.now(), askedMs: 0 });
  const issuer = { ...HEALTHY, sessions: { ...HEALTHY.sessions, throttled: ['x'] } };
  clock.jump(60_999);
  expect(await store.failures('x')).toEqual({ own, issuer });
  clock.jump(1);
  expect(await store.failures('x')).toEqual({ own: NO_FAILURES, issuer });
  clock.jump(REMEMBERED_MS);
  expect(await store.failures('x')).toEqual({ own: NO_FAILURES, issuer: HEALTHY });
});

test('what is over is swept away once a minute of use, and what lives on stays', () => {
  const memory = new Expiring<number>(clock);
  for (let n = 0; n < 1000; n += 1) memory.set(`short ${n}`, n, 1000);
  memory.set('long', 1, 1_000_000);
  clock.jump(59_999);
  memory.set('another', 2, 1000);
  expect(memory.size).toBe(1002);
  clock.jump(1);
  memory.set('another', 3, 1000);
  expect(memory.size).toBe(2);
  expect([memory.get('long'), memory.get('another'), memory.get('short 1')]).toEqual([1, 3, undefined]);
});

test('answers a ping, and has nothing to close', async () => {
  await expect(store.ready()).resolves.toBeUndefined();
  await expect(store.close()).resolves.toBeUndefined();
});
