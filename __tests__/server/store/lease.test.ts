import { underLease } from '../../../server/refresh/underLease.ts';
import { memoryStore } from '../../../server/store/tableStore.ts';
import type { Lease, SessionStore } from '../../../server/store/contracts.ts';
import { deferred } from '../../support/deferred.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const PAUSE_MS = 10_000;

let clock: FakeClock;
let store: SessionStore;
beforeEach(() => {
  clock = new FakeClock();
  store = memoryStore(clock);
});

/** Runs work under the lease of `s`, with nothing to look at; `null` where another holder has it. */
async function underPause<T>(
  of: SessionStore,
  work: () => Promise<T>,
  lingers: () => Promise<unknown> | undefined = () => undefined,
): Promise<T | null> {
  const terms = { store: of, clock, id: 's', pauseMs: PAUSE_MS };
  const leased = await underLease(terms, { look: async () => null, work, lingers });
  return leased.held ? leased.result : null;
}

const isFree = async () => {
  const lease = await store.acquire('s', 1);
  await lease?.release();
  return lease !== null;
};

test('work under a lease keeps others out, and gives it back', async () => {
  const gate = deferred<string>();
  const work = underPause(store, () => gate.promise);
  expect(await underPause(store, async () => 'theirs')).toBeNull();
  gate.resolve('ours');
  expect(await work).toBe('ours');
  expect(await isFree()).toBe(true);
});

test('work that fails gives its lease back too', async () => {
  const work = underPause(store, () => Promise.reject(new Error('no')));
  await expect(work).rejects.toThrow('no');
  expect(await isFree()).toBe(true);
});

test('a lease is prolonged while the work runs, and not a moment longer', async () => {
  const gate = deferred();
  let prolonged = 0;
  const counting = leasing({ extend: () => void (prolonged += 1) });
  const work = underPause(counting, () => gate.promise);
  await clock.advance(60_000);
  expect(await isFree()).toBe(false);
  expect(prolonged).toBe(60);
  gate.resolve();
  await work;
  await clock.advance(60_000);
  expect(prolonged).toBe(60);
});

test('a holder that stops leaves the pause behind, and three seconds for its last prolongation', async () => {
  void underPause(store, () => new Promise(() => undefined));
  await clock.advance(5000);
  clock.jump(12_999);
  expect(await isFree()).toBe(false);
  clock.jump(1);
  expect(await isFree()).toBe(true);
});

test('neither a prolongation nor a release that fails is heard of', async () => {
  const gate = deferred<string>();
  const fail = () => {
    throw new Error('out of reach');
  };
  const failing = leasing({ extend: fail, release: fail });
  const work = underPause(failing, () => gate.promise);
  await clock.advance(3000);
  gate.resolve('done');
  expect(await work).toBe('done');
});

test('a prolongation on its way is waited for: after the release it would take the lease again, for no one', async () => {
  const gate = deferred();
  const held = deferred();
  const holding = leasing({ extend: () => held.promise });
  const work = underPause(holding, () => gate.promise);
  await clock.advance(1000);
  gate.resolve();
  await clock.advance(0);
  held.resolve();
  await work;
  await clock.advance(0);
  expect(await isFree()).toBe(true);
});

test.each(['kept', 'failed'])('what lingers keeps the lease until it is over: it was %s', async (how) => {
  const lingering = deferred();
  const result = await underPause(
    store,
    async () => 'early',
    () => lingering.promise,
  );
  expect(result).toBe('early');
  await clock.advance(60_000);
  expect(await isFree()).toBe(false);
  if (how === 'kept') lingering.resolve();
  else lingering.reject(new Error('never recorded'));
  await clock.advance(0);
  expect(await isFree()).toBe(true);
});

/** A store whose leases first do what the test says. */
function leasing(before: Partial<Record<keyof Lease, () => void | Promise<void>>>): SessionStore {
  return {
    ...store,
    acquire: async (id, ms) => {
      const lease = await store.acquire(id, ms);
      return (
        lease && {
          record: lease.record,
          extend: async (more) => (await before.extend?.(), lease.extend(more)),
          release: async () => (await before.release?.(), lease.release()),
        }
      );
    },
  };
}
