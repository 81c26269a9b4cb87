import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import Fastify from 'fastify';
import { createReseal, type Reseal } from '../../server/index.ts';
import { Browser } from '../../testing/browser.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { listen, type Listening } from '../support/listen.ts';
import { createSocketBackend, openSocket, type SocketBackend } from '../support/sockets.ts';

let upstream: Upstream;
let backend: SocketBackend;
let live: Listening;
beforeAll(async () => {
  backend = createSocketBackend();
  [upstream, live] = await Promise.all([createUpstream(), listen(backend.server)]);
});
afterAll(() => Promise.all([upstream.close(), live.close()]));

type Middleware = Reseal['middleware'];
type Listener = (...args: Parameters<Middleware>) => unknown;

/** Hosts of the middleware; each stands on a node:http server, whose upgrades Reseal takes. */
const HOSTS: Record<string, (middleware: Middleware) => Promise<Listener>> = {
  'plain node:http': async (middleware) => middleware,
  Express: async (middleware) => express().use(middleware) as Listener,
  Fastify: async (middleware) => {
    const app = Fastify();
    app.addHook('onRequest', (request, reply, done) => {
      void middleware(request.raw, reply.raw, done as (error?: unknown) => void);
    });
    await app.ready();
    return (req, res) => app.routing(req, res);
  },
};

describe.each(Object.entries(HOSTS))('reseal.upgrade beside %s', (name, mount) => {
  let reseal: Reseal;
  let host: Listening;
  const foreign: string[] = [];

  beforeAll(async () => {
    let listener: Listener = () => undefined;
    const server: Server = createServer((req, res) => void listener(req, res));
    server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (reseal.upgrade(req, socket, head)) return;
      foreign.push(req.url ?? '');
      socket.end('HTTP/1.1 418 Not mine\r\nContent-Length: 0\r\n\r\n');
    });
    host = await listen(server);
    reseal = createReseal({
      name: `upgrades of ${name}`,
      upstreamUrl: upstream.url,
      upstreamPaths: ['/me'],
      upstreams: { live: { url: live.url, paths: ['/live'], token: 'user', websockets: true } },
      basePath: '/shop',
      sessionPassword: 'a-password-of-thirty-two-letters-or-more',
      appUrl: host.url,
      sessionStore: 'memory',
      logLevel: 'silent',
    });
    listener = await mount(reseal.middleware);
  });
  afterAll(async () => {
    await host.close();
    await reseal.close();
  });

  test('a socket of a session reaches the upstream and is closed when the server closes; the host keeps its own', async () => {
    const ada = new Browser(host.url);
    await ada.call('/shop/api/login', { method: 'POST', json: { username: 'ada', password: 'lovelace' } });
    await expect(openSocket(ada, '/shop/api/upstream/live', { cookie: '' })).rejects.toThrow(
      '401 no_session',
    );
    await expect(openSocket(ada, '/shop/api/upstream/me')).rejects.toThrow('418');
    await expect(openSocket(ada, '/own/socket')).rejects.toThrow('418');
    expect(foreign).toEqual(['/shop/api/upstream/me', '/own/socket']);
    const { socket, next, closed } = await openSocket(ada, '/shop/api/upstream/live');
    socket.send('through the door');
    expect(await next()).toBe('through the door');
    await reseal.close();
    expect((await closed).code).toBe(1012);
  });
});
