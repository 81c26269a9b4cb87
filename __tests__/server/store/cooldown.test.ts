import { createCooldown, type Cooldown } from '../../../server/refresh/cooldown.ts';
import { memoryStore } from '../../../server/store/tableStore.ts';
import { StoreUnreachable, type SessionStore } from '../../../server/store/contracts.ts';
import { FakeClock } from '../../support/fakeClock.ts';

let clock: FakeClock;
let store: SessionStore;
let cooldown: Cooldown;
let other: Cooldown;
beforeEach(() => {
  clock = new FakeClock();
  store = memoryStore(clock);
  cooldown = createCooldown(store, clock);
  // What another instance goes by.
  other = createCooldown(store, clock);
});

const heldOff = (forMs: number) => ({ kind: 'held off', forMs });
const kindOf = async (id: string, instance = cooldown) => (await instance.ask(id)).kind;

async function granted(id: string, instance = cooldown) {
  const permission = await instance.ask(id);
  if (permission.kind !== 'granted') throw new Error(`${id} is ${permission.kind}`);
  return permission;
}
const fail = async (id: string, retryAfterMs: number | null = null, instance = cooldown) =>
  (await granted(id, instance)).failed(retryAfterMs);
const answer = async (id: string, instance = cooldown) => (await granted(id, instance)).answered();

/** Five calls that nobody answers, in turn at two instances. */
async function beginAnOutage(): Promise<void> {
  for (const [n, id] of ['a', 'b', 'c', 'd', 'e'].entries()) await fail(id, null, n % 2 ? other : cooldown);
}

test('a failure holds off its own session, for windows that double up to half a minute, wherever it was renewed', async () => {
  for (const [n, ms] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
    expect(await fail('s', null, n % 2 ? other : cooldown)).toBe(ms);
    expect(await other.ask('s')).toEqual(heldOff(ms));
    await answer('another');
    clock.jump(ms);
    expect(await kindOf('s')).toBe('granted');
  }
  await answer('s', other);
  expect(await fail('s')).toBe(1000);
});

test('what the issuer asked for in Retry-After counts where it is longer, up to five minutes', async () => {
  expect(await fail('s', 7000)).toBe(7000);
  expect(await fail('t', 1)).toBe(1000);
  expect(await fail('u', 1e12)).toBe(300_000);
});

test('four failures in a row are bad luck, the fifth is an outage for everybody, whoever’s they were', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await fail(id);
  expect(await kindOf('z', other)).toBe('granted');
  await fail('e', null, other);
  expect(await cooldown.ask('z')).toEqual(heldOff(1000));
  expect(await other.ask('z')).toEqual(heldOff(1000));
});

test('an answer between two failures begins the count anew, wherever it came', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await fail(id);
  await answer('x', other);
  for (const id of ['e', 'f', 'g', 'h']) await fail(id);
  expect(await kindOf('z')).toBe('granted');
});

test('in an outage one of a hundred that find the window over may call, of all instances together', async () => {
  await beginAnOutage();
  clock.jump(1000);
  const asked = Array.from({ length: 100 }, (_, n) => kindOf(`z${n}`, n % 2 ? other : cooldown));
  const kinds = await Promise.all(asked);
  expect(kinds.filter((kind) => kind === 'granted')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'held off')).toHaveLength(99);
});

test('failures of one moment open one window, however many they are', async () => {
  const calls = await Promise.all(Array.from({ length: 60 }, (_, n) => granted(`s${n}`)));
  await Promise.all(calls.map((call) => call.failed(null)));
  expect(await cooldown.ask('z')).toEqual(heldOff(1000));
  clock.jump(1000);
  expect(await kindOf('z')).toBe('granted');
  expect(await other.ask('y')).toEqual(heldOff(2000));
});

test('a Retry-After that comes within a window prolongs it, and a shorter one does not', async () => {
  const [f, g] = [await granted('f'), await granted('g')];
  await beginAnOutage();
  await f.failed(9000);
  expect(await other.ask('z')).toEqual(heldOff(9000));
  await g.failed(3000);
  expect(await other.ask('z')).toEqual(heldOff(9000));
});

test('the first answer ends an outage, for all instances', async () => {
  const late = await granted('late');
  await beginAnOutage();
  expect(await kindOf('z', other)).toBe('held off');
  await late.answered();
  expect(await kindOf('z', other)).toBe('granted');
  expect(await kindOf('z')).toBe('granted');
});

test('an app that the issuer refuses asks again after ten seconds', async () => {
  await (await granted('s')).misconfigured();
  expect(await other.ask('z')).toEqual({ kind: 'misconfigured' });
  clock.jump(10_000);
  expect(await kindOf('z')).toBe('granted');
});

test('a store that cannot keep windows fails nobody, and one that cannot be read grants nothing', async () => {
  const down = () => Promise.reject(new StoreUnreachable(new Error('down')));
  const full: SessionStore = {
    ...store,
    setCooldown: down,
    countFailures: down,
    endOutage: down,
    endCooldown: down,
  };
  cooldown = createCooldown(full, clock);
  expect(await fail('a')).toBe(1000);
  await answer('b');
  await (await granted('c')).misconfigured();
  cooldown = createCooldown({ ...store, outage: down }, clock);
  await expect(cooldown.ask('a')).rejects.toThrow(StoreUnreachable);
});

test('of 10,000 calls of which one in ten fails at random, none opens an outage', async () => {
  // The generator of Park and Miller, from a fixed seed.
  let state = 20_261_123;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let n = 0; n < 10_000; n += 1) {
    const call = await granted(`s${n}`);
    await (random() < 0.1 ? call.failed(null) : call.answered());
  }
  expect(await store.outage()).toMatchObject({ windows: 0 });
});
