import type { WebSocket } from 'ws';
import type { Browser } from '../../../testing/browser.ts';
import { requestText, sendRaw } from '../edges/rawClient.ts';
import { until } from '../../../testing/until.ts';
import { pairOf, grantingIssuer, startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';
import {
  createSocketBackend,
  openSocket,
  type SocketBackend,
  type SocketOptions,
} from '../../support/sockets.ts';

let app: SignedInApp;
let backend: SocketBackend;
const refreshes: string[] = [];
const KEY = Buffer.alloc(16, 'k').toString('base64');

const env = {
  UPSTREAM_PATHS: '/live,/notes',
  UPSTREAM_WEBSOCKETS: '1',
  UPSTREAM_CONCURRENCY_PER_SESSION: '3',
  UPSTREAM_REQUEST_HEADERS: 'X-Tenant-Id',
};
const issuer = grantingIssuer({
  refresh: async (token) => {
    refreshes.push(token);
    return { kind: 'granted', pair: pairOf() };
  },
});

beforeEach(async () => {
  refreshes.splice(0);
  backend = createSocketBackend();
  app = await startSignedInApp(backend.server, { env, parts: { issuer } });
});
afterEach(() => app.close());

const open = (options: SocketOptions = {}, path = '/api/upstream/live/1?a=b') =>
  openSocket(app.ada, path, options);
const refusalOf = (options: SocketOptions = {}, path?: string) =>
  open(options, path).then(
    () => 'opened',
    (error: Error) => error.message.replace('the proxy answered ', ''),
  );
const idOf = ({ jar }: Browser) => (jar.get('reseal_hint') ?? '').split('.')[0] ?? '';

describe('a handshake', () => {
  test('leads to the upstream that has the path, with the session’s token and the headers that may pass', async () => {
    const { socket, next } = await open({ headers: { 'X-Tenant-Id': 't', 'X-Secret': 's', Authorization: 'Bearer mine' } });
    socket.send('hello');
    expect(await next()).toBe('hello');
    const [seen] = backend.handshakes;
    expect(seen?.url).toBe('/live/1?a=b');
    expect(seen?.headers).toMatchObject({
      authorization: expect.stringMatching(/^Bearer access-\d+$/),
      'x-tenant-id': 't',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(app.url).host,
    });
    for (const name of ['cookie', 'origin', 'x-secret', 'x-reseal']) expect(seen?.headers[name]).toBeUndefined();
  }); // prettier-ignore

  test('agrees with the upstream on compression and subprotocols: frames pass as they are', async () => {
    const { socket, next } = await open({ protocols: ['graphql-transport-ws', 'other'] });
    expect([socket.protocol, socket.extensions]).toEqual(['graphql-transport-ws', expect.stringContaining('permessage-deflate')]); // prettier-ignore
    const long = 'x'.repeat(200_000);
    socket.send(long);
    expect(await next()).toBe(long);
  });

  test('from another site is refused, however the site is named, and so is one without origin and header', async () => {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: app.url.replace('http:', 'https:') },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ])
      expect([headers, await refusalOf({ headers })]).toEqual([headers, '403 csrf_rejected']);
    expect(await refusalOf({ namesOrigin: false })).toBe('403 csrf_rejected');
    expect(await refusalOf({ namesOrigin: false, headers: { 'X-Reseal': '1' } })).toBe('opened');
    expect(backend.handshakes).toHaveLength(1);
  });

  test('without a session, with an ended one or for another one is refused before the upstream hears of it', async () => {
    expect(await refusalOf({ cookie: '' })).toBe('401 no_session');
    expect(await refusalOf({ protocols: ['reseal.session.AAAAAAAAAAAAAAAAAAAAAA'] })).toBe(
      '409 session_changed',
    );
    expect(await refusalOf({ headers: { 'X-Reseal': 'AAAAAAAAAAAAAAAAAAAAAA' } })).toBe(
      '409 session_changed',
    );
    const { cookie } = app.ada;
    await app.ada.logout();
    expect(await refusalOf({ cookie })).toBe('401 session_ended');
    expect(backend.handshakes).toEqual([]);
  });

  test('that names its session by a subprotocol is answered with it, and the upstream never sees it', async () => {
    const own = `reseal.session.${idOf(app.ada)}`;
    const alone = await open({ protocols: [own] });
    expect(alone.socket.protocol).toBe(own);
    const beside = await open({ protocols: ['graphql-transport-ws', own] });
    expect(beside.socket.protocol).toBe('graphql-transport-ws');
    expect(backend.handshakes.map(({ headers }) => headers['sec-websocket-protocol'])).toEqual([undefined, 'graphql-transport-ws']); // prettier-ignore
  });

  test('to a path of no upstream, or of one that allows no sockets, is answered as a plain request', async () => {
    expect(await refusalOf({}, '/api/upstream/elsewhere')).toBe('403 csrf_rejected');
    expect(await refusalOf({ headers: { 'X-Reseal': '1' } }, '/api/upstream/elsewhere')).toBe(
      '404 path_not_allowed',
    );
    expect(backend.handshakes).toEqual([]);
  });

  test.each([
    ['of another version', ['Sec-WebSocket-Version: 8', `Sec-WebSocket-Key: ${KEY}`]],
    ['with a short key', ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: c2hvcnQ=']],
    ['without a key', ['Sec-WebSocket-Version: 13']],
    ['with a body', ['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`, 'Content-Length: 5']],
  ])('%s is refused', async (_what, lines) => {
    const head = [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Origin: ${app.url}`,
      `Cookie: ${app.ada.cookie}`,
    ];
    const answer = await sendRaw(app.url, requestText('GET /api/upstream/live', [...head, ...lines]));
    expect([answer.status, answer.headers.get('x-reseal-reason')]).toEqual([400, ['invalid_request']]);
    expect(backend.handshakes).toEqual([]);
  });
});

describe('the token of a handshake', () => {
  test('is refreshed first where it is known to be dead', async () => {
    await app.close();
    const expired = { ...grantingIssuer(), ...issuer };
    expired.login = async ({ username }) => ({
      kind: 'granted',
      pair: pairOf({ expiresAtMs: Date.now() - 1000 }),
      user: { id: username, name: username },
    });
    app = await startSignedInApp(createSocketBackend().server, { env, parts: { issuer: expired } });
    await open();
    expect(refreshes).toHaveLength(1);
  });

  test('is refreshed once where the upstream refuses it, for all handshakes together, and each is sent again', async () => {
    const dead = new Set<string | undefined>();
    backend.decide = (authorization) => (dead.has(authorization) ? 401 : null);
    await open();
    dead.add(backend.handshakes[0]?.headers.authorization);
    await Promise.all([open(), open()]);
    expect(refreshes).toHaveLength(1);
    expect(backend.sockets).toHaveLength(3);
  });

  test('that the upstream refuses again is token_expired, and any other refusal is the upstream’s', async () => {
    backend.decide = () => 401;
    expect(await refusalOf()).toBe('401 token_expired');
    backend.decide = () => 403;
    expect(await refusalOf()).toBe('403 upstream');
  });
});

describe('an open socket', () => {
  test('is one of the session’s streams: one too many is refused, and a closed one gives its place back', async () => {
    const first = await open();
    await open();
    await open();
    expect(await refusalOf()).toBe('429 too_many_requests');
    expect((await app.ada.call('/api/upstream/notes')).status).toBe(200);
    expect(app.runtime.sockets.open()).toBe(3);
    first.socket.close();
    await until(() => app.runtime.sockets.open() === 2);
    await open();
    const metrics = await (await fetch(`${app.url}/api/metrics`)).text();
    expect(metrics).toMatch(/^reseal_upstream_sockets 3$/m);
  });

  test('ends with the code of the side that closes it', async () => {
    const one = await open();
    one.socket.close(4002, 'enough');
    const [first] = backend.sockets as [WebSocket];
    const [code, reason] = await new Promise<[number, Buffer]>((resolve) => first.once('close', (...how) => resolve(how)));
    expect([code, String(reason)]).toEqual([4002, 'enough']);
    const other = await open();
    backend.sockets[1]?.close(4003, 'over');
    expect(await other.closed).toEqual({ code: 4003, reason: 'over' });
    await until(() => app.runtime.sockets.open() === 0);
  }); // prettier-ignore

  test('ends when either side vanishes without a word', async () => {
    const one = await open();
    backend.sockets[0]?.terminate();
    expect((await one.closed).code).toBe(1006);
    const other = await open();
    other.socket.terminate();
    await until(() => backend.sockets[1]?.readyState === 3);
    await until(() => app.runtime.sockets.open() === 0);
    expect(app.runtime.load.open).toBe(0);
  });

  test('slows the upstream down while its client reads nothing', async () => {
    const { socket, next } = await open();
    socket.pause();
    const [upstream] = backend.sockets as [WebSocket];
    const chunk = Buffer.alloc(256 * 1024, 'x');
    // Far more than the buffers of two connections hold.
    for (let sent = 0; sent < 256; sent += 1) upstream.send(chunk, { compress: false });
    let [before, unchanged] = [-1, 0];
    await until(() => {
      unchanged = before === upstream.bufferedAmount ? unchanged + 1 : 0;
      before = upstream.bufferedAmount;
      return unchanged > 30;
    });
    expect(upstream.bufferedAmount).toBeGreaterThan(32 * 1024 * 1024);
    socket.resume();
    for (let read = 0; read < 256; read += 1) expect((await next()).length).toBe(chunk.length);
    expect(upstream.bufferedAmount).toBe(0);
  });
});
