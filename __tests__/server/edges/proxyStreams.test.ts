import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { nodeListener } from '../../../server/adapters/node.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { deferred, type Deferred } from '../../support/deferred.ts';
import { parseAnswer, RawClient, requestText, sendRaw } from './rawClient.ts';
import { listen } from '../../support/listen.ts';
import { saying, startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

const MEGABYTE = 1024 * 1024;
type Call = { readonly req: IncomingMessage; readonly res: ServerResponse };

let app: SignedInApp;
let arrived: Deferred<Call>;
const clients: RawClient[] = [];

beforeEach(async () => {
  arrived = deferred<Call>();
  app = await startSignedInApp((req, res) => arrived.resolve({ req, res }), {
    env: { UPSTREAM_RESPONSE_HEADERS: 'X-Early' },
  });
});
afterEach(async () => {
  clients.splice(0).forEach((client) => client.close());
  await app.close();
});

/** Sends what a browser would, and leaves the connection to the test. */
function open(line: string, headers: readonly string[] = []): RawClient {
  const client = new RawClient(app.proxyUrl);
  clients.push(client);
  return client.send(requestText(line, ['X-Reseal: 1', `Cookie: ${app.ada.cookie}`, ...headers]));
}
const nextData = (req: IncomingMessage) =>
  new Promise<string>((resolve) => req.once('data', (chunk: Buffer) => resolve(chunk.toString())));
const closed = (emitter: { once: (event: 'close', listener: () => void) => unknown }) =>
  new Promise<void>((resolve) => emitter.once('close', resolve));

describe('downwards', () => {
  test('the first event of a stream arrives while the stream is open', async () => {
    const client = open('GET /api/upstream/events', ['Accept: text/event-stream', 'Accept-Encoding: gzip']);
    const { res } = await arrived.promise;
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.write('data: first\n\n');
    await client.until(/data: first/);
    res.write('data: second\n\n');
    const text = await client.until(/data: second/);
    expect(text).toMatch(/no-transform/);
    expect(res.writableEnded).toBe(false);
    res.end();
    await client.all();
  });

  test('the headers arrive before there is anything of a body', async () => {
    const client = open('GET /api/upstream/notes');
    const { res } = await arrived.promise;
    res.writeHead(200, { 'X-Early': '1' }).flushHeaders();
    expect(await client.until(/\r\n\r\n/)).toMatch(/x-early: 1/i);
    res.end();
  });

  test('an upstream that breaks off in the middle breaks off here: half an answer passes for no whole one', async () => {
    for (const headers of [{}, { 'Content-Length': '100' }]) {
      arrived = deferred<Call>();
      const response = app.ada.call('/api/upstream/notes');
      const { res } = await arrived.promise;
      res.writeHead(200, headers).write('half');
      const answer = await response;
      res.destroy();
      await expect(answer.text()).rejects.toThrow();
    }
    expect((await app.ada.whoAmI()).status).toBe(200);
    expect(app.logged()).not.toContain('internal_error');
  });

  test('a browser that leaves takes the upstream’s request with it, before the answer and in its middle', async () => {
    const before = open('GET /api/upstream/events');
    const first = await arrived.promise;
    before.close();
    await closed(first.res);

    arrived = deferred<Call>();
    const amid = open('GET /api/upstream/events');
    const second = await arrived.promise;
    second.res.writeHead(200).write('data: x\n\n');
    await amid.until(/data: x/);
    amid.close();
    await closed(second.res);
    expect(second.res.writableEnded).toBe(false);
    expect(app.logged()).not.toMatch(/upstream_unreachable|internal_error/);
  });

  test('a browser that left while its session was read has nothing sent upstream in its name', async () => {
    const [reached, goOn, left, over] = [deferred(), deferred(), deferred(), deferred()];
    const { read } = app.runtime.store;
    jest.spyOn(app.runtime.store, 'read').mockImplementationOnce(async (...session) => {
      reached.resolve();
      await goOn.promise;
      return read(...session);
    });
    const route = await listen(
      createServer((req, res) => {
        res.once('close', left.resolve);
        nodeListener(app.runtime.handle)(req, res).then(() => over.resolve(), over.reject);
      }),
    );
    const lines = ['X-Reseal: 1', `Cookie: ${app.ada.cookie}`];
    const client = new RawClient(route.url).send(requestText('POST /api/upstream/notes', lines));
    await reached.promise;
    client.close();
    await left.promise;
    goOn.resolve();
    await over.promise;
    void app.ada.call('/api/upstream/me').catch(() => undefined);
    expect((await arrived.promise).req.url).toBe('/me');
    await route.close();
  });

  test('a slow reader slows the upstream: nothing is piled up here', async () => {
    const client = open('GET /api/upstream/notes');
    client.socket.pause();
    const { res } = await arrived.promise;
    let written = 0;
    const block = Buffer.alloc(64 * 1024);
    while (written < 256 * MEGABYTE && (res.write(block) || (await drained(res)))) written += block.length;
    expect(written).toBeLessThan(64 * MEGABYTE);
  });
});

/** Whether a response takes more within some turns of the loop: what is stuck stays stuck. */
async function drained(res: ServerResponse): Promise<boolean> {
  for (let turn = 0; turn < 2000 && res.writableNeedDrain; turn += 1)
    await new Promise<void>((resolve) => setImmediate(resolve));
  return !res.writableNeedDrain;
}

describe('upwards', () => {
  test('an upload arrives while the client still sends', async () => {
    const client = open('PUT /api/upstream/notes/1', ['Transfer-Encoding: chunked']);
    client.send('5\r\nfirst\r\n');
    const { req, res } = await arrived.promise;
    expect(await nextData(req)).toBe('first');
    client.send('6\r\nsecond\r\n');
    expect(await nextData(req)).toBe('second');
    client.send('0\r\n\r\n');
    await new Promise((resolve) => req.once('end', resolve).resume());
    res.end('whole');
    expect(parseAnswer(await client.all()).body).toContain('whole');
  });

  test('a client that breaks off its upload breaks it off upstream', async () => {
    const client = open('PUT /api/upstream/notes/1', ['Content-Length: 1000']);
    client.send('begun');
    const { req } = await arrived.promise;
    const broken = new Promise<Error>((resolve) => req.once('error', resolve).resume());
    client.close();
    expect(await broken).toMatchObject({ code: 'ECONNRESET' });
    expect(app.logged()).not.toMatch(/upstream_unreachable|internal_error/);
  });

  test.each([
    [401, 'token_expired'],
    [413, undefined],
  ])(
    'an early %i amid a large upload is readable by the client that still sends: %s',
    async (status, reason) => {
      const headersSent = [`Content-Length: ${8 * MEGABYTE}`, 'Connection: keep-alive'];
      const client = open('PUT /api/upstream/notes/1', headersSent);
      client.send('x'.repeat(MEGABYTE));
      const { res } = await arrived.promise;
      res.writeHead(status, { 'Content-Length': '5' }).end(Buffer.from('early'));
      await client.until(reason ? /token_expired"/ : /early$/);
      client.send('x'.repeat(7 * MEGABYTE));
      client.send(requestText('GET /api/upstream/notes', ['X-Reseal: 1']));
      const text = await client.all();
      expect(text.match(/HTTP\/1\.1 (\d+)/g)).toEqual([`HTTP/1.1 ${status}`, 'HTTP/1.1 401']);
      expect(text).toContain('no_session');
    },
  );
});

test('an early answer of an upstream that closes behind it, and lingers, is readable too', async () => {
  const early = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nearly';
  const lingering = await startSignedInApp(saying(early, 'stay'));
  const client = new RawClient(lingering.proxyUrl);
  const headers = ['X-Reseal: 1', `Cookie: ${lingering.ada.cookie}`, `Content-Length: ${4 * MEGABYTE}`];
  client.send(requestText('PUT /api/upstream/notes/1', headers)).send('x'.repeat(4 * MEGABYTE));
  expect(parseAnswer(await client.all())).toMatchObject({ status: 413, body: 'early' });
  await lingering.close();
});

describe('bytes', () => {
  let app: AppWithUpstream;
  let ada: Browser;
  beforeAll(async () => {
    app = await startAppWithUpstream();
    ada = new Browser(app.url);
    await ada.login();
  });
  afterAll(() => app.close());

  test('come through as they are, both ways', async () => {
    const body = randomBytes(3 * MEGABYTE);
    const echo = await ada.call('/api/upstream/echo', { method: 'POST', body });
    const { body: heard } = (await echo.json()) as { body: { sha256: string; length: number } };
    expect(heard).toEqual({
      sha256: createHash('sha256').update(body).digest('base64'),
      length: body.length,
    });
    const down = await (await ada.call(`/api/upstream/echo/bytes?n=${8 * MEGABYTE + 7}`)).arrayBuffer();
    expect(down.byteLength).toBe(8 * MEGABYTE + 7);
  });

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    '%s is the same upstream, with a body and without',
    async (method) => {
      for (const framing of [
        [],
        ['Content-Length: 0'],
        ['Content-Length: 3'],
        ['Transfer-Encoding: chunked'],
      ]) {
        const body = framing[0]?.endsWith('3')
          ? 'abc'
          : framing[0]?.endsWith('chunked')
            ? '3\r\nabc\r\n0\r\n\r\n'
            : '';
        const headers = ['X-Reseal: 1', `Cookie: ${ada.cookie}`, ...framing];
        const answer = await sendRaw(app.url, requestText(`${method} /api/upstream/echo`, headers, body));
        expect(answer.status).toBe(200);
        expect(answer.body === '').toBe(method === 'HEAD');
        if (method !== 'HEAD') expect(answer.body).toContain(`"method":"${method}"`);
        if (method !== 'HEAD') expect(answer.body).toContain(`"length":${body === '' ? 0 : 3}`);
      }
    },
  );

  test('no answer without a body is given one, and HEAD keeps the length it speaks of', async () => {
    for (const code of [204, 304]) {
      const response = await ada.call(`/api/upstream/echo/status?code=${code}`);
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([code, 0]);
    }
    const head = await ada.call('/api/upstream/echo/html', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10);
  });

  test('the cookies and policies that an upstream sets in our name are dropped', async () => {
    const response = await ada.call('/api/upstream/echo/set-cookie');
    expect(response.headers.getSetCookie()).toEqual([]);
    for (const name of [
      'access-control-allow-origin',
      'alt-svc',
      'clear-site-data',
      'x-reseal-reason',
      'x-reseal-version',
    ])
      expect(response.headers.get(name)).toBeNull();
    expect((await ada.whoAmI()).status).toBe(200);
    const insufficient = await ada.call('/api/upstream/echo/insufficient');
    expect([insufficient.status, insufficient.headers.get('x-reseal-reason')]).toEqual([401, null]);
  });
});
