import { IssuerError } from '../../../server/issuers/failure.ts';
import { createCooldown, type Cooldown, type SurvivedFailure } from '../../../server/refresh/cooldown.ts';
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
const ask = async (id: string, instance = cooldown) => instance.ask(id, await instance.known(id));
const kindOf = async (id: string, instance = cooldown) => (await ask(id, instance)).kind;

const transient = (retryAfterMs: number | null = null): SurvivedFailure => ({
  kind: 'transient',
  cause: null,
  retryAfterMs,
});
const throttled = (retryAfterMs: number | null): SurvivedFailure => ({
  kind: 'throttled',
  cause: null,
  retryAfterMs,
});
const clientRefused: SurvivedFailure = { kind: 'client refused', cause: null };
const rejected = (status: number, error?: string): SurvivedFailure => ({
  kind: 'rejected',
  cause: new IssuerError({ endpoint: 'refresh', status, body: error === undefined ? null : { error } }),
});

/** A call that may be made now, and what comes of it. */
async function granted(id: string, instance = cooldown) {
  const known = await instance.known(id);
  const permission = await instance.ask(id, known);
  if (permission.kind !== 'granted') throw new Error(`${id} is ${permission.kind}`);
  const sentAtMs = clock.now();
  return {
    failed: async (failure: SurvivedFailure) => (await instance.failed(id, known, failure)).forMs,
    isDeadAfter: async (failure: SurvivedFailure) => (await instance.failed(id, known, failure)).isDead,
    answered: () => instance.granted(id, known, sentAtMs),
    refused: () => instance.answered(known),
  };
}
const fail = async (id: string, retryAfterMs: number | null = null, instance = cooldown) =>
  (await granted(id, instance)).failed(transient(retryAfterMs));
const answer = async (id: string, instance = cooldown) => (await granted(id, instance)).answered();

/** Five calls that no one answers, in turn at two instances. */
async function beginAnOutage(): Promise<void> {
  for (const [n, id] of ['a', 'b', 'c', 'd', 'e'].entries()) await fail(id, null, n % 2 ? other : cooldown);
}

test('a failure holds off its own session, for windows that double up to half a minute, wherever it was refreshed', async () => {
  for (const [n, ms] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
    expect(await fail('s', null, n % 2 ? other : cooldown)).toBe(ms);
    expect(await ask('s', other)).toEqual(heldOff(ms));
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

test('four failures in a row are bad luck, the fifth is an outage for everyone, no matter whose they were', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await fail(id);
  expect(await kindOf('z', other)).toBe('granted');
  await fail('e', null, other);
  expect(await ask('z')).toEqual(heldOff(1000));
  expect(await ask('z', other)).toEqual(heldOff(1000));
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
  await Promise.all(calls.map((call) => call.failed(transient())));
  expect(await ask('z')).toEqual(heldOff(1000));
  clock.jump(1000);
  expect(await kindOf('z')).toBe('granted');
  expect(await ask('y', other)).toEqual(heldOff(2000));
});

test('a Retry-After that comes within a window prolongs it, and a shorter one does not', async () => {
  const [f, g] = [await granted('f'), await granted('g')];
  await beginAnOutage();
  await f.failed(transient(9000));
  expect(await ask('z', other)).toEqual(heldOff(9000));
  await g.failed(transient(3000));
  expect(await ask('z', other)).toEqual(heldOff(9000));
});

test('the first answer ends an outage, for all instances', async () => {
  const late = await granted('late');
  await beginAnOutage();
  expect(await kindOf('z', other)).toBe('held off');
  await late.answered();
  expect(await kindOf('z', other)).toBe('granted');
  expect(await kindOf('z')).toBe('granted');
});

test('an app that the issuer refuses for two sessions asks again after ten seconds', async () => {
  await (await granted('s')).failed(clientRefused);
  expect(await kindOf('z', other)).toBe('granted');
  expect(await kindOf('s', other)).toBe('client refused');
  await (await granted('t', other)).failed(clientRefused);
  expect(await ask('z', other)).toEqual({ kind: 'client refused' });
  clock.jump(9999);
  expect(await kindOf('z')).toBe('client refused');
  clock.jump(1);
  expect(await kindOf('z')).toBe('granted');
  // Of all that find the window over, one may call.
  expect(await kindOf('y', other)).toBe('client refused');
});

test('a refusal of this app that one session gets twenty times holds off no other session', async () => {
  for (let n = 0; n < 20; n += 1) {
    await (await granted('s')).failed(clientRefused);
    clock.jump(30_000);
  }
  expect(await kindOf('z')).toBe('granted');
});

test('a grant between two refusals of this app shows that the issuer knows it', async () => {
  await (await granted('s')).failed(clientRefused);
  await answer('x', other);
  await (await granted('t')).failed(clientRefused);
  expect(await kindOf('z')).toBe('granted');
  await (await granted('u')).failed(clientRefused);
  expect(await kindOf('z')).toBe('client refused');
  await cooldown.loginGranted(clock.now());
  expect(await kindOf('z')).toBe('granted');
});

test('one session that fails a hundred times is no outage', async () => {
  for (let n = 0; n < 100; n += 1) {
    await fail('s', null, n % 2 ? other : cooldown);
    clock.jump(30_000);
  }
  for (const id of ['t', 'u', 'v']) await fail(id);
  expect(await kindOf('z')).toBe('granted');
  await fail('w');
  expect(await kindOf('z')).toBe('held off');
});

test('a 429 holds off the session that got it, and others once three sessions got one', async () => {
  for (let n = 0; n < 5; n += 1) {
    expect(await (await granted('s')).failed(throttled(3_600_000))).toBe(300_000);
    expect(await kindOf('z', other)).toBe('granted');
    clock.jump(300_000);
  }
  await (await granted('t')).failed(throttled(1000));
  expect(await kindOf('z')).toBe('granted');
  await (await granted('u', other)).failed(throttled(7000));
  expect(await ask('z')).toEqual(heldOff(7000));
});

test('rejections hold off no one but their own session, however many sessions get one', async () => {
  for (let n = 0; n < 50; n += 1)
    await (await granted(`s${n}`)).failed(rejected(400, 'interaction_required'));
  expect(await kindOf('s1', other)).toBe('held off');
  expect(await kindOf('z', other)).toBe('granted');
});

describe('a session that is rejected again and again', () => {
  /** Rejects it at each end of its back-off; `between` runs before each call. */
  async function reject(
    failures: readonly SurvivedFailure[],
    between: (n: number) => Promise<unknown> = async () => undefined,
  ): Promise<boolean[]> {
    const verdicts: boolean[] = [];
    for (const [n, failure] of failures.entries()) {
      await between(n);
      verdicts.push(await (await granted('s', n % 2 ? other : cooldown)).isDeadAfter(failure));
      clock.jump(30_000);
    }
    return verdicts;
  }
  const same = (count: number) => Array.from({ length: count }, () => rejected(400));

  test('is dead after five times over a minute, where the issuer granted another call in the meantime', async () => {
    const verdicts = await reject(same(5), (n) => (n === 2 ? answer('x', other) : Promise.resolve()));
    expect(verdicts).toEqual([false, false, false, false, true]);
  });

  test('is dead where a login was granted in the meantime', async () => {
    const logIn = (n: number) => (n === 4 ? other.loginGranted(clock.now()) : Promise.resolve());
    expect((await reject(same(5), logIn)).at(-1)).toBe(true);
  });

  test('is kept where the issuer granted nothing, or granted before the first rejection only', async () => {
    await answer('x');
    expect(await reject(same(20))).not.toContain(true);
  });

  test('is kept where the call that was granted had been sent before the first rejection', async () => {
    const slow = await granted('x');
    clock.jump(1);
    expect(await reject(same(10), (n) => (n === 3 ? slow.answered() : Promise.resolve()))).not.toContain(
      true,
    );
  });

  test('is kept within the minute', async () => {
    const grants = () => answer('x', other);
    for (let n = 0; n < 5; n += 1) {
      await grants();
      expect(await (await granted('s')).isDeadAfter(rejected(401))).toBe(false);
      clock.jump([1000, 2000, 4000, 8000, 0][n]!);
    }
  });

  test('is kept where the rejections differ', async () => {
    const failures = Array.from({ length: 12 }, (_, n) => rejected(n % 2 ? 400 : 401));
    expect(await reject(failures, () => answer('x'))).not.toContain(true);
    const words = Array.from({ length: 12 }, (_, n) =>
      rejected(400, n % 2 ? 'login_required' : 'access_denied'),
    );
    expect(await reject(words, () => answer('x'))).not.toContain(true);
  });

  test('is dead although an outage came between', async () => {
    const failures = [...same(3), transient(), ...same(2)];
    expect((await reject(failures, () => answer('x'))).at(-1)).toBe(true);
  });

  test('begins anew after a grant of its own', async () => {
    await reject(same(4), () => answer('x'));
    await answer('s');
    expect(await reject(same(4), () => answer('x'))).not.toContain(true);
  });

  test('is kept where five sessions were rejected since the last grant: a gateway answers in the place of the issuer', async () => {
    const verdicts = await reject(same(8), async (n) => {
      if (n === 1) await answer('x');
      for (const id of ['a', 'b', 'c', 'd', 'e'])
        if (n > 1 && (await kindOf(id)) === 'granted') await (await granted(id)).failed(rejected(404));
    });
    expect(verdicts).not.toContain(true);
  });
});

test('a store that cannot keep windows fails no one, and one that cannot be read grants nothing', async () => {
  const down = () => Promise.reject(new StoreUnreachable(new Error('down')));
  const full: SessionStore = { ...store, setFailures: down, countFailure: down, setHealthy: down };
  cooldown = createCooldown(full, clock);
  expect(await fail('a')).toBe(1000);
  await answer('b');
  await (await granted('c')).failed(clientRefused);
  await (await granted('d')).refused();
  cooldown = createCooldown({ ...store, failures: down }, clock);
  await expect(ask('a')).rejects.toThrow(StoreUnreachable);
});

test('of 10,000 calls of which one in ten fails at random, none opens an outage', async () => {
  // The generator of Park and Miller, from a fixed seed.
  let state = 20_261_123;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let n = 0; n < 10_000; n += 1) {
    const call = await granted(`s${n}`);
    await (random() < 0.1 ? call.failed(transient()) : call.answered());
  }
  expect((await store.failures('any')).issuer).toMatchObject({ windows: 0 });
});
