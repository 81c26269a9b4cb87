import { createServer, type ServerResponse } from 'node:http';
import { createCallLimits, createProcessLoad } from '../../../server/proxy/callLimits.ts';
import { createMetrics } from '../../../server/ops/metrics.ts';
import { Browser } from '../../../testing/browser.ts';
import { until } from '../../../testing/until.ts';
import { RawClient, requestText } from './rawClient.ts';
import { startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

const PER_SESSION = 5;
let app: SignedInApp | undefined;
const clients: RawClient[] = [];
afterEach(async () => {
  clients.splice(0).forEach((client) => client.close());
  await app?.close();
  app = undefined;
});

/** An upstream where /events streams, /notes/hang never answers, and everything else answers at once. */
async function start(env: Readonly<Record<string, string>> = {}): Promise<SignedInApp> {
  const upstream = createServer((req, res) => {
    req.resume();
    if (req.url === '/notes/hang') return;
    if (req.url !== '/events') return void res.end('ok');
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: x\n\n');
  });
  app = await startSignedInApp(upstream, {
    env: { UPSTREAM_CONCURRENCY_PER_SESSION: `${PER_SESSION}`, ...env },
  });
  return app;
}

function open(cookie: string, line: string, headers: readonly string[] = []): RawClient {
  const client = new RawClient(app?.proxyUrl ?? '');
  clients.push(client);
  return client.send(requestText(line, ['X-Reseal: 1', `Cookie: ${cookie}`, ...headers]));
}
const openCalls = () => app?.runtime.load.open;
const statusOf = async (browser: Browser, path = '/api/upstream/notes') => (await browser.call(path)).status;

async function signedIn(name: string): Promise<Browser> {
  const browser = new Browser(app?.url ?? '');
  await browser.login(name);
  return browser;
}

test.each([
  ['calls that are never answered', 'GET /api/upstream/notes/hang', []],
  ['uploads that never end', 'POST /api/upstream/notes/hang', ['Transfer-Encoding: chunked']],
])('a session that holds %s is refused further ones, and others are not', async (_what, line, headers) => {
  const { ada, runtime } = await start();
  const grace = await signedIn('grace');
  for (let held = 0; held < PER_SESSION; held += 1) open(ada.cookie, line, headers);
  await until(() => openCalls() === PER_SESSION);
  const refused = await ada.call('/api/upstream/notes');
  expect([
    refused.status,
    refused.headers.get('x-reseal-reason'),
    refused.headers.get('retry-after'),
  ]).toEqual([429, 'too_many_requests', '1']);
  expect(await statusOf(grace)).toBe(200);
  expect((await ada.whoAmI()).status).toBe(200);
  clients.splice(0).forEach((client) => client.close());
  await until(() => openCalls() === 0);
  expect(await statusOf(ada)).toBe(200);
  expect(await runtime.metrics.registry.metrics()).toContain(
    'reseal_upstream_calls_refused_total{limit="session"} 1',
  );
});

test('event streams of a session have a bound of their own and leave its calls alone', async () => {
  const { ada } = await start();
  for (let held = 0; held < PER_SESSION; held += 1)
    await open(ada.cookie, 'GET /api/upstream/events').until(/data: x/);
  expect(await statusOf(ada)).toBe(200);
  expect(await open(ada.cookie, 'GET /api/upstream/events').all()).toMatch(
    /^HTTP\/1\.1 429[^]*too_many_requests/,
  );
  expect(openCalls()).toBe(PER_SESSION);
});

test('a stalled reader holds its place and no more', async () => {
  const writing: ServerResponse[] = [];
  app = await startSignedInApp(
    (req, res) => {
      if (req.url === '/notes') return void res.end('ok');
      writing.push(res.writeHead(200));
      const block = Buffer.alloc(256 * 1024);
      const fill = () => {
        while (!res.destroyed && res.write(block));
      };
      res.on('drain', fill);
      fill();
    },
    { env: { UPSTREAM_CONCURRENCY_PER_SESSION: `${PER_SESSION}` } },
  );
  const { ada } = app;
  const grace = await signedIn('grace');
  for (let held = 0; held < PER_SESSION; held += 1) open(ada.cookie, 'GET /api/upstream/echo').socket.pause();
  await until(() => writing.length === PER_SESSION && writing.every((res) => res.writableNeedDrain));
  expect(await statusOf(ada)).toBe(429);
  expect(await statusOf(grace)).toBe(200);
});

test('a person shares the bound of four sessions', async () => {
  await start();
  for (let session = 0; session < 4; session += 1) {
    const { cookie } = await signedIn('ada');
    for (let held = 0; held < PER_SESSION; held += 1) open(cookie, 'GET /api/upstream/notes/hang');
  }
  await until(() => openCalls() === 4 * PER_SESSION);
  expect(await statusOf(await signedIn('ada'))).toBe(429);
  expect(await statusOf(await signedIn('grace'))).toBe(200);
});

test('a saturated server says so when it is asked for readiness, refuses those who hold much and serves those who hold little', async () => {
  const { ada } = await start({ UPSTREAM_CONCURRENCY: '10', UPSTREAM_CONCURRENCY_PER_SESSION: '20' });
  const grace = await signedIn('grace');
  expect((await grace.call('/api/health?ready')).status).toBe(200);
  for (let held = 0; held < 10; held += 1) open(ada.cookie, 'GET /api/upstream/notes/hang');
  await until(() => openCalls() === 10);
  const ready = await grace.call('/api/health?ready');
  expect([ready.status, ready.headers.get('x-reseal-reason')]).toEqual([503, 'overloaded']);
  const refused = await ada.call('/api/upstream/notes');
  expect([
    refused.status,
    refused.headers.get('x-reseal-reason'),
    refused.headers.get('retry-after'),
  ]).toEqual([503, 'overloaded', '1']);
  expect(await statusOf(grace)).toBe(200);
  expect((await grace.call('/api/health')).status).toBe(200);
});

test('a call that is over gives its place back once, however often it is left', () => {
  const metrics = createMetrics();
  const limits = createCallLimits({ perSession: 1, total: 10 }, createProcessLoad(10, metrics), metrics);
  const slot = limits.enter('a', 'ada');
  if (typeof slot === 'string') throw new Error(slot);
  expect(limits.enter('a', 'ada')).toBe('session');
  expect(slot.becomeStream()).toBe(true);
  const second = limits.enter('a', 'ada');
  if (typeof second === 'string') throw new Error(second);
  expect(second.becomeStream()).toBe(false);
  for (const one of [slot, slot, second]) one.leave();
  expect(limits.open()).toBe(0);
  expect(limits.enter('a', 'ada')).toMatchObject({});
});
