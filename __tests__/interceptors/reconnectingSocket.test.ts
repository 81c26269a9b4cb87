import axios from 'axios';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer as serveGraphql } from 'graphql-ws/use/ws';
import { WebSocket as NodeSocket, WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { createReauth } from '../../interceptors/reauth.ts';
import { isReauthError } from '../../interceptors/reauthError.ts';
import type { Reauth } from '../../interceptors/reauthOptions.ts';
import { createSocketSession, reconnectingSocket } from '../../interceptors/browser/reconnectingSocket.ts';
import { parseHint } from '../../contract/hint.ts';
import type { SessionInfo } from '../../contract/user.ts';
import { Browser } from '../../testing/browser.ts';
import { until } from '../../testing/until.ts';
import { grantingIssuer, pairOf, startSignedInApp, type SignedInApp } from '../support/signedInApp.ts';
import { createSocketBackend, type SocketBackend } from '../support/sockets.ts';

/* The helper and graphql-ws, over real sockets through the proxy. A page's cookies are the test's jar. */

jest.setTimeout(20_000);

let app: SignedInApp;
let backend: SocketBackend;
let refreshes: number;
const dead = new Set<string | undefined>();
const engines: Reauth[] = [];

async function start(onSocket?: (socket: ServerSocket) => void): Promise<void> {
  refreshes = 0;
  dead.clear();
  backend = createSocketBackend(onSocket);
  backend.decide = (authorization) => (dead.has(authorization) ? 401 : null);
  const issuer = grantingIssuer({
    refresh: async () => {
      refreshes += 1;
      return { kind: 'granted', pair: pairOf() };
    },
  });
  const env = { UPSTREAM_PATHS: '/live', UPSTREAM_WEBSOCKETS: '1' };
  app = await startSignedInApp(backend.server, { env, parts: { issuer } });
}
afterEach(async () => {
  for (const engine of engines.splice(0)) engine.dispose();
  await app.close();
});

/** The `WebSocket` of a page with these cookies. */
const socketOf = (browser: Browser) =>
  class extends NodeSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(new URL(url, browser.origin.replace('http', 'ws')).href, protocols, {
        headers: { Origin: browser.origin, Cookie: browser.cookie },
      });
    }
  };

/** A page that is signed in: its engine, and its `WebSocket` as the global one. */
function openPage(browser: Browser): Reauth {
  Object.assign(globalThis, { WebSocket: socketOf(browser) });
  const http = axios.create({ baseURL: browser.origin });
  const engine: Reauth = createReauth({
    refresh: async ({ staleVersion }) => {
      const response = await browser.refresh(staleVersion);
      if (response.status === 200) return (await response.json()) as SessionInfo;
      const headers = { 'x-reseal-reason': response.headers.get('x-reseal-reason') };
      throw Object.assign(new Error('refused'), { response: { status: response.status, headers } });
    },
    readHint: () => parseHint(browser.cookie),
  });
  engine.attach(http);
  engines.push(engine);
  return engine;
}

/** Refuses the tokens that are out, and closes the sockets that were opened with one, as `graphql-ws` does. */
function killTokens(code: number): void {
  for (const { headers } of backend.handshakes) dead.add(headers.authorization);
  for (const socket of backend.sockets) socket.close(code, 'Forbidden');
}
const tokens = () => new Set(backend.handshakes.map(({ headers }) => headers.authorization));

describe('a reconnecting socket', () => {
  test('connects again after one refresh when the upstream closes it for a dead token, as do all sockets of the page', async () => {
    await start();
    const reauth = openPage(app.ada);
    const received: string[] = [];
    const opened: number[] = [0, 0, 0];
    const sockets = opened.map((_, at) =>
      reconnectingSocket(reauth, {
        url: '/api/upstream/live',
        onOpen: (socket) => {
          opened[at] = (opened[at] ?? 0) + 1;
          socket.send(`socket ${at}`);
        },
        onMessage: ({ data }) => void received.push(String(data)),
      }),
    );
    await until(() => received.length === 3);
    const before = refreshes;
    killTokens(4403);
    await until(() => received.length === 6);
    expect(refreshes - before).toBe(1);
    expect([opened, tokens().size]).toEqual([[2, 2, 2], 2]);
    expect(sockets[0]?.send('more')).toBe(true);
    await until(() => received.includes('more'));
    for (const socket of sockets) socket.close();
    await until(() => app.runtime.sockets.open() === 0);
    expect(sockets[0]?.send('late')).toBe(false);
    // Closed for good: it does not come back.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(app.runtime.sockets.open()).toBe(0);
  });

  test('stops when its session was ended elsewhere, and says why, within a second or so', async () => {
    await start();
    const reauth = openPage(app.ada);
    const ended = new Promise<unknown>((resolve) =>
      reconnectingSocket(reauth, { url: '/api/upstream/live', onMessage: () => undefined, onEnd: resolve }),
    );
    await until(() => app.runtime.sockets.open() === 1);
    const elsewhere = new Browser(app.url);
    await elsewhere.call('/api/logout', { method: 'POST', json: {}, cookie: app.ada.cookie, loseCookies: true });
    expect(await ended).toMatchObject({ code: 'ERR_SESSION_ENDED' });
    expect(reauth.state).toBe('ended');
  }); // prettier-ignore

  test('names the session of its page, so that it never opens under another one', async () => {
    await start();
    const reauth = openPage(app.ada);
    reauth.loggedIn((await (await app.ada.whoAmI()).json()) as SessionInfo);
    const { id } = reauth.session();
    expect(createSocketSession(reauth).protocols(['own'])).toEqual(['own', `reseal.session.${id}`]);
    const grace = new Browser(app.url);
    await grace.login('grace');
    // Another tab has logged in as grace: the cookies are hers, and the page is still ada's.
    for (const [name, value] of grace.jar) app.ada.jar.set(name, value);
    Object.assign(globalThis, { WebSocket: socketOf(app.ada) });
    const socket = new WebSocket('/api/upstream/live', [`reseal.session.${id}`]);
    socket.addEventListener('error', () => undefined);
    await new Promise((resolve) => socket.addEventListener('close', resolve));
    expect(backend.handshakes).toEqual([]);
  });
});

test('a graphql-ws subscription goes on over the death of its token, after one refresh', async () => {
  const ticks = new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      tick: {
        type: GraphQLString,
        subscribe: async function* () {
          for (let at = 1; ; at += 1) {
            yield { tick: `tick ${at}` };
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        },
      },
    },
  });
  const query = new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString } } });
  const graphql = new WebSocketServer({ noServer: true });
  const server = serveGraphql({ schema: new GraphQLSchema({ query, subscription: ticks }) }, graphql);
  await start((socket) => graphql.emit('connection', socket, backend.handshakes.at(-1)));
  const session = createSocketSession(openPage(app.ada));
  const Socket = socketOf(app.ada);
  const client = createClient({
    url: async () => {
      await session.ready();
      return `${app.url.replace('http', 'ws')}/api/upstream/live`;
    },
    webSocketImpl: class extends Socket {
      constructor(url: string, protocols: string) {
        super(url, session.protocols(protocols));
      }
    },
    // Its own wait is random, up to three seconds.
    retryWait: async () => undefined,
    on: { opened: session.opened, closed: (end) => session.closed(end as CloseEvent) },
  });
  const seen: string[] = [];
  const subscription = client.iterate<{ tick: string }>({ query: 'subscription { tick }' });
  const reading = (async () => {
    for await (const { data } of subscription) if (data) seen.push(data.tick);
  })().catch((error: unknown) => error);
  await until(() => seen.length > 3);
  const before = refreshes;
  killTokens(4403);
  const atDeath = seen.length;
  await until(() => seen.length > atDeath + 3);
  expect(seen.slice(atDeath)).toContain('tick 1');
  expect([refreshes - before, tokens().size]).toEqual([1, 2]);

  await new Browser(app.url).call('/api/logout', { method: 'POST', json: {}, cookie: app.ada.cookie });
  expect(await reading).toMatchObject({ code: 4401, reason: 'session_ended' });
  await client.dispose();
  await server.dispose();
});

test('an error of a refresh that is no refusal of the session keeps the socket trying', async () => {
  await start();
  const reauth = openPage(app.ada);
  const refresh = jest.spyOn(app.ada, 'refresh').mockRejectedValueOnce(new Error('offline'));
  const received: string[] = [];
  const socket = reconnectingSocket(reauth, {
    url: () => '/api/upstream/live',
    onOpen: (opened) => opened.send('here'),
    onMessage: ({ data }) => void received.push(String(data)),
    onEnd: (error) => void received.push(isReauthError(error) ? error.code : 'unknown'),
  });
  await until(() => received.length > 0);
  killTokens(4403);
  await until(() => received.length > 1);
  expect(received).toEqual(['here', 'here']);
  expect(refresh.mock.calls.length).toBeGreaterThan(1);
  socket.close();
});
