import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { CONNECTION_BOUNDS, createHttpServer } from '../../server/ops/httpServer.ts';
import { RawClient, requestText } from './edges/rawClient.ts';

/** The bounds of production a hundred times as short; only an upload keeps its hour. */
const bounds = {
  ...CONNECTION_BOUNDS,
  headMs: 300,
  keepAliveMs: 650,
  lingerMs: 200,
  stallMs: 500,
  checkEveryMs: 50,
};
const servers: Server[] = [];
const clients: RawClient[] = [];
afterEach(async () => {
  clients.splice(0).forEach((client) => client.close());
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function connect(listener: RequestListener = (_req, res) => void res.end('ok')): Promise<RawClient> {
  const server = createHttpServer(listener, bounds);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new RawClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  clients.push(client);
  return client;
}

/** Sends a byte every few milliseconds until the connection is over; answers how long that took. */
async function trickle(client: RawClient, text: string): Promise<number> {
  const startedMs = performance.now();
  let at = 0;
  const timer = setInterval(() => client.send(text[at++ % text.length] ?? ''), 20);
  await client.all();
  clearInterval(timer);
  return performance.now() - startedMs;
}
const KEPT = ['Connection: keep-alive'];

test('the bounds of production end a connection within a minute, and keep one longer than load balancers do', () => {
  const { headMs, lingerMs, stallMs, checkEveryMs, keepAliveMs } = CONNECTION_BOUNDS;
  for (const bound of [headMs, lingerMs, stallMs]) expect(bound + checkEveryMs).toBeLessThan(60_000);
  expect(headMs + lingerMs).toBeLessThan(60_000);
  expect(keepAliveMs).toBeGreaterThan(60_000);
});

test('a connection that says nothing ends', async () => {
  expect(await (await connect()).all()).toMatch(/^(HTTP\/1\.1 408|$)/);
});

test('a head that trickles in ends', async () => {
  const client = (await connect()).send('GET / HTTP/1.1\r\nHost: x\r\nX: ');
  expect(await trickle(client, 'y')).toBeLessThan(5000);
});

test('a connection that is idle after its reply ends, also where stray line breaks keep it busy', async () => {
  const idle = (await connect()).send(requestText('GET /', KEPT));
  expect(await idle.all()).toContain('200 OK');
  const busy = (await connect()).send(requestText('GET /', KEPT));
  await busy.until(/ok/);
  expect(await trickle(busy, '\r\n')).toBeLessThan(5000);
});

test('a connection is kept for its next request', async () => {
  const client = (await connect()).send(requestText('GET /', KEPT));
  await client.until(/ok$/);
  client.send(requestText('GET /again', KEPT));
  await client.until(/ok[^]*ok$/);
});

test('a body that trickles in after its reply ends the connection, and the reply is readable before', async () => {
  const client = (await connect((_req, res) => void res.writeHead(401).end('refused'))).send(
    requestText('POST /api/upstream/notes', [...KEPT, 'Content-Length: 100000']),
  );
  await client.until(/refused/);
  expect(await trickle(client, 'x')).toBeLessThan(1000);
});

test('an upload may take longer than any other bound', async () => {
  const client = await connect((req, res) => void req.resume().on('end', () => res.end('whole')));
  client.send(requestText('POST /', [...KEPT, 'Content-Length: 60']));
  let sent = 0;
  const timer = setInterval(() => (sent++ < 60 ? client.send('x') : clearInterval(timer)), 20);
  expect(await client.until(/whole/)).toContain('200 OK');
});

test.each([
  ['/', true],
  ['/api/health', true],
  ['/api/upstream/events', false],
])(
  // prettier-ignore
  'a client that reads no more of %s is cut off: %s',
  async (path, isCut) => {
    const over = Promise.withResolvers<boolean>();
    const client = await connect((_req, res) => {
      const block = Buffer.alloc(1024 * 1024);
      const fill = () => {
        while (!res.destroyed && res.write(block));
      };
      res.on('drain', fill).once('close', () => over.resolve(true));
      fill();
    });
    client.socket.pause();
    client.send(requestText(`GET ${path}`, KEPT));
    const stays = new AbortController();
    const waited = setTimeout(isCut ? 5000 : 1500, false, { signal: stays.signal }).catch(() => false);
    expect(await Promise.race([over.promise, waited])).toBe(isCut);
    stays.abort();
  },
);

test('a handler may take its time: a client that waits is not cut off', async () => {
  const client = await connect((_req, res) => void setTimeout(1500).then(() => res.end('late')));
  client.send(requestText('GET /', KEPT));
  expect(await client.until(/late/)).toContain('200 OK');
});

test('a request for an upgrade is answered as a request', async () => {
  const client = await connect((req, res) => void res.end(`plain ${req.url}`));
  client.send(
    requestText('GET /socket', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']),
  );
  expect(await client.until(/plain/)).toContain('plain /socket');
});

test('the target * is a path that is not there', async () => {
  const client = (await connect((req, res) => void res.end(`<${req.url}>`))).send(requestText('OPTIONS *'));
  expect(await client.all()).toContain('</*>');
});

test('a head of more than sixteen kilobytes is refused', async () => {
  const client = (await connect()).send(requestText('GET /', [`X: ${'y'.repeat(17_000)}`]));
  expect(await client.all()).toMatch(/^HTTP\/1\.1 431/);
});
