import type { PersonSessions } from '../../../../contract/sessions.ts';
import { NO_FAILURES } from '../../../../server/store/outage.ts';
import { createServer, type Server, type Socket } from 'node:net';
import { startAppWithUpstream, type AppWithUpstream } from '../../../support/app.ts';
import { Browser, codeOf, infoOf } from '../../../../testing/browser.ts';
import {
  describeWithRedis,
  freePort,
  startRedis,
  type RedisServer,
} from '../../../../testing/redisServer.ts';
import { until, works } from '../../../../testing/until.ts';

jest.setTimeout(90_000);

const houseAt = (url: string) =>
  startAppWithUpstream({}, { env: { REDIS_URL: url }, settings: { refreshTimeoutMs: 1000 } });

/** A server that anything may be made of: what `REDIS_URL` names, which need not be Redis. */
async function listen(onSocket: (socket: Socket) => void): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => void onSocket(socket.on('error', () => undefined)));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `redis://127.0.0.1:${port}`, server };
}

const errorsOf = async ({ runtime }: AppWithUpstream) =>
  (await runtime.metrics.storeErrors.get()).values[0]?.value ?? 0;
const ready = (app: AppWithUpstream) =>
  until(async () => (await fetch(`${app.url}/api/health?ready`)).status === 200, { what: 'readiness' });

describeWithRedis('Redis in trouble', () => {
  let redis: RedisServer;
  let app: AppWithUpstream;
  let ada: Browser;

  beforeEach(async () => {
    redis = await startRedis();
    app = await houseAt(redis.url);
    ada = new Browser(app.url);
    await ready(app);
  });
  afterEach(async () => {
    redis.thaw();
    await app.close();
    await redis.close();
  });

  /** What everyone may rely on while the store cannot be asked. */
  async function expectThePolicy(): Promise<void> {
    const { cookie } = ada;
    const errors = await errorsOf(app);
    const calls = app.upstream.stats().refreshCalls;
    expect((await ada.whoAmI()).status).toBe(200);
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
    const refused = await ada.refresh();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(ada.cookie).toBe(cookie);
    expect(app.upstream.stats().refreshCalls).toBe(calls);
    expect(await errorsOf(app)).toBeGreaterThan(errors);
    expect(app.logged()).toContain('Redis is in trouble');
  }

  async function expectRecovery(version: number): Promise<void> {
    await until(async () => (await ada.refresh(version - 1)).status === 200, { what: 'a refresh' });
    expect((await infoOf(await ada.whoAmI())).session.version).toBe(version);
  }

  test('stopped: requests go on by their seal, refreshes wait, and all is well again when it is back', async () => {
    await ada.login();
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    await redis.stop();
    await expectThePolicy();
    expect((await fetch(`${app.url}/api/health?ready`)).status).toBe(503);
    expect((await fetch(`${app.url}/api/health`)).status).toBe(200);
    await redis.start();
    await expectRecovery(3);
    expect(app.logged()).toContain('Redis answers again');
  });

  test('stopped: what was refused is not done behind our backs when it is back', async () => {
    const { store } = app.runtime;
    await redis.stop();
    await until(() => app.logged().includes('Redis is in trouble'));
    expect(await works(store.setFailures('ghost', NO_FAILURES, 60_000))).toBe(false);
    await redis.start();
    await until(() => works(store.ready()));
    expect(await redis.command('GET', 'reseal:{ghost}:failures')).toBeNull();
  });

  test('not there when we start: we start, say so, and need no restart when it comes', async () => {
    await redis.stop();
    const late = await houseAt(redis.url);
    try {
      const grace = new Browser(late.url);
      const refused = await grace.call('/api/login', {
        method: 'POST',
        json: { username: 'grace', password: 'hopper' },
      });
      expect(await codeOf(refused)).toBe('upstream_unavailable');
      expect(late.upstream.stats().revocations).toBe(1);
      await redis.start();
      await until(() => works(grace.login('grace', 'hopper')));
      await until(async () => (await grace.refresh(1)).status === 200);
      // One line an outage, however many requests meet it.
      expect(late.logged().match(/Redis is in trouble/g)).toHaveLength(1);
    } finally {
      await late.close();
    }
  });

  test('hanging: one request waits a second, and none after it', async () => {
    await ada.login();
    redis.freeze();
    const startedMs = Date.now();
    await expectThePolicy();
    expect(Date.now() - startedMs).toBeLessThan(4000);
    const thenMs = Date.now();
    for (let n = 0; n < 20; n += 1) expect((await ada.whoAmI()).status).toBe(200);
    expect(Date.now() - thenMs).toBeLessThan(2500);
    redis.thaw();
    await expectRecovery(2);
  });

  test('hanging: a lease that was given without our hearing of it does not outlive the hang', async () => {
    const { session } = await ada.login();
    redis.freeze();
    expect(await works(app.runtime.store.acquire(session.id, 60_000))).toBe(false);
    redis.thaw();
    const lease = () => redis.command<string | null>('GET', `reseal:{${session.id}}:lease`);
    expect(await lease()).not.toBeNull();
    await until(async () => (await lease()) === null);
  });

  test('full: the token is not presented, because its successor could not be recorded', async () => {
    await ada.login();
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await expectThePolicyOfAFullStore();
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await expectRecovery(2);
  });

  /** It can be read, so readers notice nothing. */
  async function expectThePolicyOfAFullStore(): Promise<void> {
    expect((await ada.whoAmI()).status).toBe(200);
    expect((await ada.refresh(1)).status).toBe(503);
    expect(app.upstream.stats().refreshCalls).toBe(0);
    expect(app.logged()).toContain('"reason":"OOM"');
  }

  test.each([
    ['of the wrong type', ['LPUSH', 'nonsense']],
    ['that is no record', ['SET', 'nonsense']],
    ['with a version that is none', ['SET', 'two 5 - - box']],
    ['of someone’s JSON', ['SET', '{"version":2}']],
  ])('a value %s is nothing known, and nothing is concluded from it', async (_kind, [verb, value]) => {
    const { session } = await ada.login();
    const key = `reseal:{${session.id}}:record`;
    await redis.command(verb!, key, value!);
    await expectThePolicy();
    await redis.command('DEL', key);
    await expectRecovery(2);
  });

  test('a list has what it can read of itself, and is none where it is no list', async () => {
    await ada.login();
    const [key = ''] = Object.keys(await redis.dump()).filter((name) => name.startsWith('reseal:sessions:'));
    await redis.command('HSET', key, 'a', '', 'b', '{"id":"b"}', 'c', '9999999999999 1 1 0 - x');
    const answer = await ada.call('/api/sessions');
    expect(((await answer.json()) as PersonSessions).sessions).toHaveLength(1);
    await redis.command('DEL', key);
    await redis.command('SET', key, 'nonsense');
    expect((await ada.call('/api/sessions')).status).toBe(503);
    expect((await ada.refresh(1)).status).toBe(200);
  });

  test('a logout is recorded as soon as Redis is back', async () => {
    await ada.login();
    await ada.refresh(1);
    const { cookie } = ada;
    await redis.stop();
    expect((await ada.logout()).status).toBe(204);
    expect(ada.jar.size).toBe(0);
    expect(app.upstream.stats().revocations).toBe(1);
    await redis.start();
    await until(async () => (await ada.whoAmI({ cookie })).status === 401);
    expect(await codeOf(await ada.whoAmI({ cookie }))).toBe('session_ended');
  });

  test('a failover: what was the primary refuses to write, so the name is asked anew', async () => {
    const next = await startRedis();
    let target = redis;
    const name = await listen((socket) => {
      const { port } = new URL(target.url);
      const onward = new (socket.constructor as typeof Socket)().connect(Number(port), '127.0.0.1');
      onward.on('error', () => undefined).pipe(socket);
      socket.pipe(onward).on('close', () => socket.destroy());
    });
    const house2 = await houseAt(name.url);
    try {
      const grace = new Browser(house2.url);
      await ready(house2);
      await grace.login('grace', 'hopper');
      await redis.command('REPLICAOF', '127.0.0.1', new URL(next.url).port);
      target = next;
      await until(async () => (await grace.refresh(1)).status === 200);
      // What it says in the meantime depends on how far the copying has come.
      expect(house2.logged()).toMatch(/"reason":"(READONLY|LOADING|MASTERDOWN)"/);
      expect(Object.keys(await next.dump()).some((key) => key.endsWith(':record'))).toBe(true);
    } finally {
      await house2.close();
      name.server.close();
      await next.close();
    }
  });
});

describe('a REDIS_URL behind which there is no Redis', () => {
  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
    ['one that says yes to everything', '+OK\r\n'],
    ['one that answers twice', '+OK\r\n$-1\r\n'],
    ['noise', '\u0000\u0001\u0002'],
    ['one that hangs up', null],
  ])('%s: signed-in people are served by their seal, and no one is signed out', async (_what, answer) => {
    const { url, server } = await listen((socket) => {
      socket.on('data', () => (answer === null ? socket.destroy() : socket.write(answer)));
    });
    const good = await startAppWithUpstream();
    const app = await startAppWithUpstream(
      {},
      { env: { REDIS_URL: url }, settings: { refreshTimeoutMs: 1000 } },
    );
    try {
      const ada = new Browser(good.url);
      await ada.login();
      const here = new Browser(app.url);
      for (let n = 0; n < 5; n += 1) expect((await here.whoAmI({ cookie: ada.cookie })).status).toBe(200);
      expect((await here.refresh(1, { cookie: ada.cookie })).status).toBe(503);
      expect(app.upstream.stats().refreshCalls).toBe(0);
    } finally {
      await app.close();
      await good.close();
      server.close();
    }
  });
});
