import { request, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as cookies from 'cookie';
import { systemClock, type Clock } from '../../server/clock.ts';
import { composeServer, type Reseal } from '../../server/composeServer.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../support/app.ts';
import { Browser } from '../../testing/browser.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../testing/redisServer.ts';
import { startRedisTurns, type RedisTurns } from '../support/redisTurns.ts';
import { startSignedInApp } from '../support/signedInApp.ts';

// Counted, not replaced.
jest.mock('cookie', () => {
  const real = jest.requireActual<typeof cookies>('cookie');
  return { ...real, parseCookie: jest.fn(real.parseCookie) };
});

const MEGABYTE = 1024 * 1024;

/** The system's clock, which tells how many of its timers still run. */
function countingClock(): Clock & { readonly running: number } {
  const running = new Set<unknown>();
  return {
    now: systemClock.now,
    setTimeout(run, ms) {
      const handle = systemClock.setTimeout(() => {
        running.delete(handle);
        run();
      }, ms);
      running.add(handle);
      return handle;
    },
    clearTimeout(handle) {
      running.delete(handle);
      systemClock.clearTimeout(handle);
    },
    get running() {
      return running.size;
    },
  };
}

const opened = async ({ metrics }: Reseal) => (await metrics.sealsOpened.get()).values[0]?.value;

describe('a request through the proxy', () => {
  let app: AppWithUpstream;
  let clock: ReturnType<typeof countingClock>;
  let ada: Browser;

  beforeEach(async () => {
    clock = countingClock();
    app = await startAppWithUpstream({}, { parts: { clock } });
    ada = new Browser(app.url);
    await ada.login();
    await ada.refresh(1);
    await ada.call('/api/upstream/me');
  });
  afterEach(() => app.close());

  test('costs one read of the store, one parsing of the cookies, and nothing else of either', async () => {
    const { store } = app.runtime;
    const spies = (Object.keys(store) as (keyof typeof store)[]).map((name) => jest.spyOn(store, name));
    jest.mocked(cookies.parseCookie).mockClear();
    for (let sent = 0; sent < 10; sent += 1) expect((await ada.call('/api/upstream/me')).status).toBe(200);
    const calls = spies.flatMap((spy) => spy.mock.calls.map(() => spy.getMockName()));
    expect([jest.mocked(store.read).mock.calls.length, calls.length]).toEqual([10, 10]);
    expect(jest.mocked(cookies.parseCookie)).toHaveBeenCalledTimes(10);
  });

  test('writes no cookie, asks the issuer nothing and leaves no timer', async () => {
    const before = app.upstream.stats();
    for (let sent = 0; sent < 10; sent += 1) {
      const response = await ada.call('/api/upstream/me');
      expect(response.headers.getSetCookie()).toEqual([]);
      await response.text();
    }
    const { refreshCalls, logins } = app.upstream.stats();
    expect([refreshCalls, logins]).toEqual([before.refreshCalls, before.logins]);
    expect(clock.running).toBe(0);
  });

  test('has a seal opened only where another process wrote it, and there once', async () => {
    expect(await opened(app.runtime)).toBe(0);
    const other = composeServer(app.runtime.settings, {
      log: app.runtime.log,
      store: app.runtime.store,
    });
    for (let sent = 0; sent < 10; sent += 1) await other.cookies.open(ada.cookie);
    expect(await opened(other)).toBe(1);
    await other.close();
  });

  test('a hundred that ask for a refresh together cost one call of the issuer, and leave no timer', async () => {
    const before = app.upstream.stats().refreshCalls;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => ada.refresh(2, { loseCookies: true })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(100).fill(200));
    expect(app.upstream.stats().refreshCalls - before).toBe(1);
    await app.runtime.coordinator.idle();
    expect(clock.running).toBe(0);
  });
});

describeWithRedis('over Redis', () => {
  let redis: RedisServer;
  let app: AppWithUpstream;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.close());
  beforeEach(async () => void (app = await startAppWithUpstream({}, { env: { REDIS_URL: redis.url } })));
  afterEach(async () => {
    counted?.release();
    await near?.close();
    await counted?.close();
    await app.close();
  });
  let counted: RedisTurns | undefined;
  let near: AppWithUpstream | undefined;

  /**
   * Commands that Redis carried out in the meantime, those of scripts among them; but for those of the counting itself,
   * and for the ping that keeps the connection.
   */
  async function commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
    await redis.command('CONFIG', 'RESETSTAT');
    await work();
    const stats = await redis.command<string>('INFO', 'commandstats');
    const calls = [...stats.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)];
    const sent = calls.map(([, name = '', count]) => [name, Number(count)] as const);
    return Object.fromEntries(sent.filter(([name]) => !/^(config|info|client|hello|ping)\b/.test(name)));
  }

  test('a proxied request costs two reads; a refresh five writes and the looks between them', async () => {
    const ada = new Browser(app.url);
    await ada.login();
    await ada.refresh(1);
    await ada.call('/api/upstream/me');
    expect(await commandsOf(() => ada.call('/api/upstream/me'))).toEqual({ get: 2 });
    const { get = 0, ...writes } = await commandsOf(() => ada.refresh(2));
    // Scripts take the lease (a SET), commit (a SET), release the lease (a DEL), keep the list (an HSET); a SET says that the issuer grants.
    const list = { hset: 1, pttl: 1, pexpire: 1 };
    expect(writes).toEqual({ evalsha: 4, set: 3, del: 1, ...list });
    expect(get).toBeLessThanOrEqual(13);
  });

  test('the caller of a refresh waits for three round trips, of eight commands in all', async () => {
    const turns = (counted = await startRedisTurns(redis.url));
    near = await startAppWithUpstream({}, { env: { REDIS_URL: turns.url } });
    const ada = new Browser(near.url);
    await ada.login();
    // What the login sent is answered.
    await ada.whoAmI();
    const withoutShared = () =>
      turns.turns
        .map((turn) => turn.filter((command) => !command.endsWith(' reseal:issuer')))
        .map((turn) => turn.map((command) => command.replace(/\{[^}]*\}:|:[\w-]{43}$/, '')));

    turns.allow(3);
    // The lease is freed and the list is kept behind the answer, which does not wait for them.
    expect((await ada.refresh(1)).status).toBe(200);
    expect(withoutShared().slice(0, 3)).toEqual([
      ['GET reseal:record', 'GET reseal:epoch'],
      ['EVALSHA reseal:lease', 'GET reseal:epoch'],
      ['EVALSHA reseal:record', 'GET reseal:epoch'],
    ]);
    turns.release();
    await near.runtime.coordinator.idle();
    await ada.whoAmI();
    const all = withoutShared().flat();
    const afterwards = all.slice(6, -2).toSorted();
    expect(afterwards).toEqual(['EVALSHA reseal:lease', 'EVALSHA reseal:sessions']);
  });
});

test('an upload holds no more than a few chunks of itself in memory, however long it is', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const app = await startSignedInApp((req: IncomingMessage, res) => {
    req.resume().once('end', () => res.end('{}'));
  });
  const block = Buffer.alloc(64 * 1024);
  const upload = request(`${app.url}/api/upstream/notes`, {
    method: 'POST',
    headers: { 'X-Reseal': '1', Cookie: app.ada.cookie, 'Content-Length': 64 * MEGABYTE },
  });
  const answered = new Promise<IncomingMessage>((resolve) => upload.once('response', resolve));
  const few = 16 * block.length;
  const collected = async () => {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    return process.memoryUsage().arrayBuffers;
  };
  let before = Infinity;
  for (let looks = 0; looks < 5; looks += 1) before = Math.min(before, await collected());
  // What a collection frees is counted out when it was swept, and what is on its way arrives in the meantime. Both pass
  // while no one sends, at the latest after some looks; what someone keeps does not.
  const held = async () => {
    let least = Infinity;
    for (let looks = 0; least >= few && looks < 50; looks += 1) {
      least = Math.min(least, (await collected()) - before);
    }
    return least;
  };
  let most = 0;
  for (let sent = 1; sent <= (64 * MEGABYTE) / block.length; sent += 1) {
    if (!upload.write(block)) await new Promise<void>((resolve) => upload.once('drain', resolve));
    if (sent % 64 === 0 && most < few) most = Math.max(most, await held());
  }
  upload.end();
  const { statusCode } = await answered;
  await app.close();
  expect(statusCode).toBe(200);
  expect(most).toBeLessThan(few);
}, 120_000);
