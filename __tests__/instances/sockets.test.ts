import { createServer, type Server } from 'node:http';
import { SOCKET_CLOSE } from '../../contract/socket.ts';
import { Browser } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { listen, type Listening } from '../support/listen.ts';
import {
  createSocketBackend,
  openSocket,
  type OpenedSocket,
  type SocketBackend,
} from '../support/sockets.ts';

/* The built app, twice over one Redis, with two upstreams: one for logins, one that takes sockets. */
jest.setTimeout(120_000);

const EACH = 500;
const ENDED = { code: SOCKET_CLOSE.sessionEnded, reason: 'session_ended' };

describeWithRedis('sockets before two instances of the built app', () => {
  let redis: RedisServer;
  let upstream: Upstream;
  let backend: SocketBackend;
  let live: Listening;
  let here: Instance;
  let there: Instance;

  beforeAll(async () => {
    await ensureBuild();
    backend = createSocketBackend();
    [redis, upstream, live] = await Promise.all([
      startRedis(),
      createUpstream(),
      listen(backend.server as Server),
    ]);
    // An origin of its own would be each instance's address; one app has one.
    const appUrl = await freeOrigin();
    const env: Environment = {
      ...productionEnvironment(upstream.url, appUrl),
      REDIS_URL: redis.url,
      UPSTREAM_LIVE_URL: live.url,
      UPSTREAM_LIVE_PATHS: '/live',
      UPSTREAM_LIVE_TOKEN: 'user',
      UPSTREAM_LIVE_WEBSOCKETS: 'true',
      UPSTREAM_LIVE_CONCURRENCY_PER_SESSION: '1000',
    };
    [here, there] = await Promise.all([startInstance(env), startInstance(env)]);
    origin = appUrl;
  });
  afterAll(async () => {
    await Promise.all([here, there].map((instance) => instance.kill()));
    await live.close();
    await upstream.close();
    await redis.close();
  });

  let origin: string;
  const signIn = async (username: string, password: string) => {
    const browser = new Browser(here.url);
    await browser.login(username, password);
    return browser;
  };
  const open = (browser: Browser, path = '/api/upstream/live') =>
    openSocket(browser, path, { headers: { Origin: origin } });
  const openMany = async (browser: Browser, count: number): Promise<OpenedSocket[]> => {
    const opened: OpenedSocket[] = [];
    while (opened.length < count) opened.push(...(await Promise.all(Array.from({ length: 50 }, () => open(browser)))));
    return opened;
  }; // prettier-ignore

  test('a handshake that must not be is refused by the front door, and one for a path without sockets is a plain request', async () => {
    const [stranger, ada] = [new Browser(here.url), await signIn('ada', 'lovelace')];
    await expect(open(stranger)).rejects.toThrow('the proxy answered 401 no_session');
    await expect(openSocket(ada, '/api/upstream/live')).rejects.toThrow(
      'the proxy answered 403 csrf_rejected',
    );
    await expect(open(ada, '/api/upstream/notes')).rejects.toThrow('the proxy answered 403 csrf_rejected');
    await expect(open(ada, '/notes')).rejects.toThrow(/^the proxy answered (200|307) undefined$/);
    expect(backend.handshakes).toEqual([]);
  });

  test(`of ${2 * EACH} sockets a logout on the other instance closes those of its session, and a stop closes the rest`, async () => {
    const [ada, grace] = [await signIn('ada', 'lovelace'), await signIn('grace', 'hopper')];
    await open(ada);
    const before = here.memoryBytes();
    const [own, others] = [await openMany(ada, EACH), await openMany(grace, EACH)];
    const perSocket = (here.memoryBytes() - before) / (2 * EACH);
    expect(backend.sockets.filter(({ readyState }) => readyState === 1)).toHaveLength(2 * EACH + 1);

    const logout = { method: 'POST', json: {}, cookie: ada.cookie };
    const startedAtMs = performance.now();
    expect((await new Browser(there.url).call('/api/logout', logout)).status).toBe(204);
    const ends = await Promise.all(own.map(({ closed }) => closed));
    const tookMs = performance.now() - startedAtMs;
    expect(new Set(ends.map((end) => JSON.stringify(end)))).toEqual(new Set([JSON.stringify(ENDED)]));
    // Twice the promise: other suites use the machine too.
    expect(tookMs).toBeLessThan(2000);
    // The process grows by two connections for each: 58 to 71 KB when it was measured.
    expect(perSocket).toBeLessThan(128 * 1024);
    if (process.env['FIGURES'])
      console.log({ tookMs: Math.round(tookMs), bytesPerSocket: Math.round(perSocket) });
    for (const { socket, next } of others.slice(0, 5)) {
      socket.send('still here');
      expect(await next()).toBe('still here');
    }

    const stopped = here.stop();
    const codes = await Promise.all(others.map(async ({ closed }) => (await closed).code));
    expect(new Set(codes)).toEqual(new Set([SOCKET_CLOSE.restart]));
    expect(await stopped).toBe(0);
    await until(() => backend.sockets.every(({ readyState }) => readyState === 3));
  });
});

/** An address that no instance has: all have the same `APP_URL`, as behind a balancer. */
async function freeOrigin(): Promise<string> {
  const server = await listen(createServer());
  await server.close();
  return server.url;
}
