import { createCooldown, type Cooldown } from '../../../server/coordination/cooldown.ts';
import { memoryStore } from '../../../server/coordination/memory.ts';
import { StoreUnreachable, type SessionStore } from '../../../server/coordination/store.ts';
import { FakeClock } from '../../support/fakeClock.ts';

let clock: FakeClock;
let store: SessionStore;
let cooldown: Cooldown;
beforeEach(() => {
  clock = new FakeClock();
  store = memoryStore(clock);
  cooldown = createCooldown(store, clock);
});

const granted = { kind: 'granted' };
const heldOff = (forMs: number) => ({ kind: 'held off', forMs });

async function fail(...ids: string[]): Promise<void> {
  for (const id of ids) await cooldown.failed(id, null);
}

test('a failure holds off its own session, for windows that double up to half a minute', async () => {
  for (const ms of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    expect(await cooldown.failed('s', null)).toBe(ms);
    expect(await cooldown.ask('s')).toEqual(heldOff(ms));
    await cooldown.answered('another');
    expect(await cooldown.ask('another')).toEqual(granted);
    clock.jump(ms);
    expect(await cooldown.ask('s')).toEqual(granted);
  }
  await cooldown.answered('s');
  expect(await cooldown.failed('s', null)).toBe(1000);
});

test('what the issuer asked for in Retry-After counts where it is longer, up to five minutes', async () => {
  expect(await cooldown.failed('s', 7000)).toBe(7000);
  expect(await cooldown.failed('t', 1)).toBe(1000);
  expect(await cooldown.failed('u', 1e12)).toBe(300_000);
});

test('four failures in a row are bad luck, the fifth is an outage for everybody', async () => {
  await fail('a', 'b', 'c', 'd');
  expect(await cooldown.ask('z')).toEqual(granted);
  await fail('e');
  expect(await cooldown.ask('z')).toEqual(heldOff(1000));
});

test('an answer between two failures begins the count anew', async () => {
  await fail('a', 'b', 'c', 'd');
  await cooldown.answered('x');
  await fail('e', 'f', 'g', 'h');
  expect(await cooldown.ask('z')).toEqual(granted);
});

test('in an outage one of a hundred that find the window over may call', async () => {
  await fail('a', 'b', 'c', 'd', 'e');
  clock.jump(1000);
  const permissions = await Promise.all(Array.from({ length: 100 }, (_, n) => cooldown.ask(`z${n}`)));
  expect(permissions.filter(({ kind }) => kind === 'granted')).toHaveLength(1);
  expect(permissions.filter(({ kind }) => kind === 'held off')).toHaveLength(99);
});

test('failures of one moment open one window, however many they are', async () => {
  await Promise.all(Array.from({ length: 60 }, (_, n) => cooldown.failed(`s${n}`, null)));
  expect(await cooldown.ask('z')).toEqual(heldOff(1000));
  clock.jump(1000);
  expect(await cooldown.ask('z')).toEqual(granted);
  expect(await cooldown.ask('y')).toEqual(heldOff(2000));
});

test('a Retry-After that comes within a window prolongs it, and a shorter one does not', async () => {
  await fail('a', 'b', 'c', 'd', 'e');
  await cooldown.failed('f', 9000);
  expect(await cooldown.ask('z')).toEqual(heldOff(9000));
  await cooldown.failed('g', 3000);
  expect(await cooldown.ask('z')).toEqual(heldOff(9000));
});

test('the first answer ends an outage, for all instances', async () => {
  const other = createCooldown(store, clock);
  await fail('a', 'b', 'c', 'd', 'e');
  expect(await other.ask('z')).toEqual(heldOff(1000));
  await cooldown.answered('a');
  expect(await other.ask('z')).toEqual(granted);
  expect(await cooldown.ask('z')).toEqual(granted);
});

test('an app that the issuer refuses asks again after ten seconds', async () => {
  await cooldown.misconfigured();
  expect(await cooldown.ask('z')).toEqual({ kind: 'misconfigured' });
  clock.jump(10_000);
  expect(await cooldown.ask('z')).toEqual(granted);
});

test('a store that cannot keep windows fails nobody, and an outage is known here all the same', async () => {
  const setCooldown = () => Promise.reject(new StoreUnreachable(new Error('down')));
  cooldown = createCooldown({ ...store, setCooldown }, clock);
  await fail('a', 'b', 'c', 'd', 'e');
  await cooldown.misconfigured();
  expect(await cooldown.ask('z')).toEqual(heldOff(1000));
});

test('of 10,000 calls of which one in ten fails at random, none opens an outage', async () => {
  // The generator of Park and Miller, from a fixed seed.
  let state = 20_261_123;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  let held = 0;
  for (let n = 0; n < 10_000; n += 1) {
    const id = `s${n}`;
    if ((await cooldown.ask(id)).kind === 'held off') held += 1;
    else if (random() < 0.1) await cooldown.failed(id, null);
    else await cooldown.answered(id);
  }
  expect(held).toBe(0);
});
