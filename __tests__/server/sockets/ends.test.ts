import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { Browser } from '../../../testing/browser.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../../testing/redisServer.ts';
import { until } from '../../../testing/until.ts';
import { SOCKET_CLOSE } from '../../../contract/socket.ts';
import { acceptOf } from '../../../server/proxy/webSocket.ts';
import { startApp, type App } from '../../support/app.ts';
import { listen, type Listening } from '../../support/listen.ts';
import { grantingIssuer, pairOf } from '../../support/signedInApp.ts';
import {
  createSocketBackend,
  openSocket,
  type OpenedSocket,
  type SocketBackend,
} from '../../support/sockets.ts';

const ENDED = { code: SOCKET_CLOSE.sessionEnded, reason: 'session_ended' };
const env = { UPSTREAM_PATHS: '/live', UPSTREAM_WEBSOCKETS: 'true', UPSTREAM_TIMEOUT_MS: '2000' };

let backend: SocketBackend;
let upstream: Listening;
const apps: App[] = [];

async function start(options: Parameters<typeof startApp>[1] = {}): Promise<App> {
  const parts = { issuer: grantingIssuer(), ...options.parts };
  const app = await startApp(upstream.url, { ...options, parts, env: { ...env, ...options.env } });
  apps.push(app);
  return app;
}
async function signIn(app: App, name = 'ada'): Promise<Browser> {
  const browser = new Browser(app.url);
  await browser.login(name);
  return browser;
}
const open = (browser: Pick<Browser, 'origin' | 'cookie'>) => openSocket(browser, '/api/upstream/live');
/** A call goes there and back: what happened before it has arrived. */
async function isAlive({ socket, next }: OpenedSocket): Promise<boolean> {
  socket.send('still there?');
  return (await next()) === 'still there?';
}

beforeEach(async () => {
  backend = createSocketBackend();
  upstream = await listen(backend.server);
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await upstream.close();
});

describe('the end of a session', () => {
  test('by a logout closes its sockets with the documented code, and those of others stay', async () => {
    const app = await start();
    const [ada, grace] = [await signIn(app), await signIn(app, 'grace')];
    const [first, second, other] = [await open(ada), await open(ada), await open(grace)];
    await ada.logout();
    expect(await Promise.all([first.closed, second.closed])).toEqual([ENDED, ENDED]);
    expect(await isAlive(other)).toBe(true);
    await until(() => backend.sockets.filter(({ readyState }) => readyState === 3).length === 2);
    expect(app.runtime.sockets.open()).toBe(1);
  });

  test('by a logout everywhere closes the sockets of every session of the person', async () => {
    const app = await start();
    const [phone, laptop] = [await signIn(app), await signIn(app)];
    const socket = await open(phone);
    await laptop.logout({ everywhere: true });
    expect(await socket.closed).toEqual(ENDED);
  });

  test('by an issuer that refuses the refresh token closes them', async () => {
    const issuer = grantingIssuer({ refresh: async () => ({ kind: 'refused' }) });
    const app = await start({ parts: { issuer } });
    const ada = await signIn(app);
    const socket = await open(ada);
    await ada.refresh(1);
    expect(await socket.closed).toEqual(ENDED);
  });

  test('is not that its cookie was superseded: a socket outlives refreshes and the grace period', async () => {
    const app = await start({ settings: { graceMs: 1 } });
    const ada = await signIn(app);
    const { cookie } = ada;
    const socket = await open(ada);
    await ada.refresh(1);
    await ada.refresh(2);
    await until(async () => (await ada.call('/api/user', { cookie })).status === 401);
    const witness = await signIn(app, 'grace');
    const other = await open(witness);
    await witness.logout();
    // By then the store was asked about the first session too.
    expect(await other.closed).toEqual(ENDED);
    expect(await isAlive(socket)).toBe(true);
  });

  test('waits for the end of a frame, and for no more than a moment where it does not come', async () => {
    const held: Duplex[] = [];
    await upstream.close();
    const server = createServer();
    server.on('upgrade', (req, socket: Duplex) => {
      const accept = acceptOf(String(req.headers['sec-websocket-key']));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      // A text frame of ten bytes, of which four are sent.
      socket.write(Buffer.from([0x81, 10, 0x61, 0x62, 0x63, 0x64]));
      held.push(socket);
    });
    upstream = await listen(server);
    const app = await start();
    const [ada, grace] = [await signIn(app), await signIn(app, 'grace')];
    const [whole, broken] = [await open(ada), await open(grace)];
    await Promise.all([ada.logout(), grace.logout()]);
    // The store is asked, and the proxy waits: only then the rest of ada's frame comes, and a frame after it.
    await until(() => (app.logged().match(/sockets are closed/g) ?? []).length === 2);
    held[0]?.write(Buffer.from([0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x81, 1, 0x7a]));
    expect(await whole.next()).toBe('abcdefghij');
    expect(await whole.closed).toEqual(ENDED);
    expect((await broken.closed).code).toBe(1006);
  }); // prettier-ignore
});

describeWithRedis('the end of a session before two instances', () => {
  let redis: RedisServer;
  beforeEach(async () => (redis = await startRedis()));
  afterEach(() => redis.close());

  test('on one instance closes the sockets on the other', async () => {
    const [here, there] = [await start({ env: { REDIS_URL: redis.url } }), await start({ env: { REDIS_URL: redis.url } })];
    const ada = await signIn(here);
    const socket = await open(ada);
    await new Browser(there.url).call('/api/logout', { method: 'POST', json: {}, cookie: ada.cookie });
    expect(await socket.closed).toEqual(ENDED);
  }); // prettier-ignore

  test('is learned when a store comes back, and until then every socket stays', async () => {
    const app = await start({ env: { REDIS_URL: redis.url }, settings: { refreshTimeoutMs: 1000 } });
    const ada = await signIn(app);
    const socket = await open(ada);
    await redis.stop();
    const metrics = async () => (await fetch(`${app.url}/api/metrics`)).text();
    await until(async () => /^reseal_store_errors_total [1-9]/m.test(await metrics()));
    expect(await isAlive(socket)).toBe(true);
    await redis.start();
    await until(async () => (await ada.call('/api/health?ready')).status === 200);
    expect(await isAlive(socket)).toBe(true);
    await ada.logout();
    expect(await socket.closed).toEqual(ENDED);
  }, 30_000);
});

test('a server that stops closes every socket with a code that asks to reconnect, also one that comes late', async () => {
  const app = await start();
  const ada = await signIn(app);
  const socket = await open(ada);
  app.runtime.sockets.closeAll();
  expect(await socket.closed).toEqual({ code: SOCKET_CLOSE.restart, reason: 'restart' });
  expect((await (await open(ada)).closed).code).toBe(SOCKET_CLOSE.restart);
  await until(() => app.runtime.sockets.open() === 0);
});

test('a session’s pair is not kept for as long as a socket is open', async () => {
  const secret = 'canary-of-a-long-lived-socket';
  const issuer = grantingIssuer({
    login: async () => ({ kind: 'granted', pair: pairOf({ accessToken: secret }), user: { id: 'ada', name: 'Ada' } }),
  });
  const seen: unknown[] = [];
  const app = await start({ parts: { issuer } });
  const { sessions } = app.runtime;
  const asked = sessions.whyEnded;
  Object.assign(sessions, { whyEnded: (seal: never) => (seen.push(seal), asked(seal)) });
  await open(await signIn(app));
  await until(() => seen.length > 0);
  expect(JSON.stringify(seen)).not.toContain(secret);
}); // prettier-ignore
