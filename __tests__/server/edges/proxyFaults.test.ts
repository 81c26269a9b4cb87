import { createServer, type IncomingMessage } from 'node:http';
import { startApp } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { deferred } from '../../support/deferred.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { parseAnswer, RawClient, requestText } from './rawClient.ts';
import { listen } from '../../support/listen.ts';
import { grantingIssuer, saying, startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

const open: SignedInApp[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((app) => app.close()))));

const stageOf = async (...given: Parameters<typeof startSignedInApp>): Promise<SignedInApp> => {
  const app = await startSignedInApp(...given);
  open.push(app);
  return app;
};

async function expectFailure({ ada, logged }: SignedInApp, status: number, code: string): Promise<void> {
  const before = ada.cookie;
  for (const method of ['GET', 'POST']) {
    const response = await ada.call('/api/upstream/notes', {
      method,
      ...(method === 'POST' ? { json: {} } : {}),
    });
    expect([response.status, response.headers.get('x-reseal-reason')]).toEqual([status, code]);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.getSetCookie()).toEqual([]);
  }
  expect(ada.cookie).toBe(before);
  expect((await ada.whoAmI()).status).toBe(200);
  expect(logged()).not.toContain('internal_error');
}

describe('an upstream is unreachable, and the session is kept, that', () => {
  test('is down', async () => {
    const backend = await listen(createServer());
    await backend.close();
    const app = await startApp(backend.url, { parts: { issuer: grantingIssuer() } });
    const ada = new Browser(app.url);
    await ada.login();
    await expectFailure({ ...app, ada, proxyUrl: app.url }, 502, 'upstream_unreachable');
    await app.close();
  });

  test('has a name that no one knows', async () => {
    const app = await startApp('http://no-such-host.invalid', { parts: { issuer: grantingIssuer() } });
    const ada = new Browser(app.url);
    await ada.login();
    await expectFailure({ ...app, ada, proxyUrl: app.url }, 502, 'upstream_unreachable');
    await app.close();
  });

  test.each([
    ['hangs up at once', ''],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['answers with a TLS alert', Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])],
    ['speaks HTTP of another time', 'HTTP/9.9 200 OK\r\n\r\n'],
    ['breaks off in its headers', 'HTTP/1.1 200 OK\r\nContent-Len'],
    [
      'contradicts itself on the length',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['says two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'],
    ['says a status that is none', 'HTTP/1.1 banana OK\r\nContent-Length: 0\r\n\r\n'],
    [
      'changes protocols unasked',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['writes headers without end', `HTTP/1.1 200 OK\r\n${'X-Long: '.padEnd(8000, 'x')}\r\n`.repeat(20)],
  ])('%s', async (_what, bytes) => expectFailure(await stageOf(saying(bytes)), 502, 'upstream_unreachable'));

  test('resets the connection', async () =>
    expectFailure(await stageOf(saying('', 'reset')), 502, 'upstream_unreachable'));
});

test('an upstream that says something odd but well-formed is heard', async () => {
  for (const [bytes, status] of [
    ['HTTP/1.1 299 \r\nContent-Length: 2\r\n\r\nok', 299],
    ['HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 200],
    ['HTTP/1.0 200 OK\r\n\r\nok', 200],
    [
      'HTTP/1.1 599 X\r\nX-Odd: \x80\xff\r\n__proto__: x\r\nconstructor: y\r\nContent-Length: 2\r\n\r\nok',
      599,
    ],
    ['HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok', 999],
  ] as const) {
    const app = await stageOf(saying(Buffer.from(bytes, 'latin1')));
    const text = requestText('GET /api/upstream/notes', ['X-Reseal: 1', `Cookie: ${app.ada.cookie}`]);
    const answer = parseAnswer(await new RawClient(app.url).send(text).all());
    expect([answer.status, answer.body.includes('ok')]).toEqual([status, true]);
  }
});

describe('an upstream that does not answer in time', () => {
  const arrivals: ((req: IncomingMessage) => void)[] = [];
  let clock: FakeClock;
  let app: SignedInApp;

  beforeEach(async () => {
    clock = new FakeClock();
    app = await stageOf(
      (req, res) => {
        arrivals.shift()?.(req);
        req.resume().once('end', () => req.headers['x-answer'] && res.end(Buffer.from('whole')));
      },
      { parts: { clock }, env: { UPSTREAM_REQUEST_HEADERS: 'X-Answer' } },
    );
  });
  const arrival = () => new Promise<IncomingMessage>((resolve) => arrivals.push(resolve));

  test.each(['GET', 'POST'])('is a 504 after 30 s and not before: %s', async (method) => {
    const arrived = arrival();
    let settled = false;
    const response = app.ada.call('/api/upstream/notes', {
      method,
      ...(method === 'POST' ? { json: {} } : {}),
    });
    void response.then(() => (settled = true));
    const req = await arrived;
    if (!req.complete) await new Promise((resolve) => req.once('end', resolve));
    await app.ada.call('/api/health');
    await clock.advance(29_999);
    await app.ada.call('/api/health');
    expect(settled).toBe(false);
    await clock.advance(1);
    const { status, headers } = await response;
    expect([status, headers.get('x-reseal-reason')]).toEqual([504, 'upstream_timeout']);
    expect(headers.getSetCookie()).toEqual([]);
    expect((await app.ada.whoAmI()).status).toBe(200);
  });

  test('is told that no one waits any more', async () => {
    const arrived = arrival();
    const response = app.ada.call('/api/upstream/notes');
    const req = await arrived;
    const left = new Promise((resolve) => req.socket.once('close', resolve));
    await clock.advance(30_000);
    await left;
    expect((await response).status).toBe(504);
  });

  test('an upload takes as long as its client takes; the time for the answer starts behind it', async () => {
    const client = new RawClient(app.proxyUrl);
    const headers = ['X-Reseal: 1', `Cookie: ${app.ada.cookie}`, 'X-Answer: 1', 'Transfer-Encoding: chunked'];
    const arrived = arrival();
    client.send(requestText('PUT /api/upstream/notes/1', headers)).send('1\r\nx\r\n');
    const req = await arrived;
    for (let chunk = 0; chunk < 5; chunk += 1) {
      await clock.advance(45_000);
      const heard = new Promise((resolve) => req.once('data', resolve));
      client.send('1\r\nx\r\n');
      await heard;
    }
    client.send('0\r\n\r\n');
    expect(parseAnswer(await client.all())).toMatchObject({
      status: 200,
      body: expect.stringContaining('whole'),
    });
  });

  test('a body that begins in time may take as long as it likes', async () => {
    const gate = deferred();
    const slow = await stageOf(
      async (_req, res) => {
        res.writeHead(200).write('begun');
        await gate.promise;
        res.end('ended');
      },
      { parts: { clock } },
    );
    const response = await slow.ada.call('/api/upstream/notes');
    await clock.advance(3_600_000);
    gate.resolve();
    expect(await response.text()).toBe('begunended');
  });
});

test('an upstream that takes no more of an upload, and does not answer, is late', async () => {
  const clock = new FakeClock();
  const arrived = deferred<IncomingMessage>();
  const app = await stageOf((req) => void arrived.resolve(req.pause()), { parts: { clock } });
  const client = new RawClient(app.proxyUrl);
  const headers = [
    'X-Reseal: 1',
    `Cookie: ${app.ada.cookie}`,
    `Content-Length: ${1e9}`,
    'Connection: keep-alive',
  ];
  client.send(requestText('PUT /api/upstream/notes/1', headers));
  const block = 'x'.repeat(1024 * 1024);
  const flood = () => {
    while (client.socket.write(block));
  };
  client.socket.on('drain', flood);
  flood();
  await arrived.promise;
  const answer = client.until(/upstream_timeout"/);
  let isLate = false;
  void answer.then(() => (isLate = true));
  for (let turn = 0; turn < 5000 && !isLate; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (turn % 50 === 0) await clock.advance(1000);
  }
  expect(await answer).toMatch(/^HTTP\/1\.1 504/);
  client.close();
});
