import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import express, { type RequestHandler } from 'express';
import Fastify from 'fastify';
import { createReseal, type Reseal, type ResealOptions } from '../../server/index.ts';
import { createLog } from '../../server/ops/log.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import type { UpstreamOptions } from '../../upstream/options.ts';
import { listen } from '../support/listen.ts';

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown;

/** A host app: what it answers with a Reseal in it, where the door's path is not Reseal's. */
export type Door = (reseal: Reseal) => Promise<Listener>;

const FOREIGN = 'the host app answers';

/** Middleware of a host that sets a cookie of its own before Reseal runs. */
const hostCookie: RequestHandler = (_req, res, next) => {
  res.append('Set-Cookie', 'host=1; Path=/');
  next();
};

const expressWith =
  (...before: readonly RequestHandler[]): Door =>
  async ({ middleware }) => {
    const app = express();
    for (const handler of before) app.use(handler);
    app.use(middleware);
    app.use((_req, res) => void res.send(FOREIGN));
    return app;
  };

const NEXT_META = Symbol.for('NextInternalRequestMeta');

/** Sends a Fetch API response through node:http, as adapters such as Hono's do. */
async function send(response: Response, res: ServerResponse): Promise<void> {
  res.statusCode = response.status;
  response.headers.forEach((value, name) => void (name === 'set-cookie' || res.setHeader(name, value)));
  res.setHeader('Set-Cookie', response.headers.getSetCookie());
  if (!response.body) return void res.end();
  const body = Readable.fromWeb(response.body as ReadableStream);
  body.on('error', () => res.destroy());
  res.once('close', () => body.destroy());
  body.pipe(res);
}

/** The node:http request as a `Request`; its signal fires when the client goes away. */
function requestOf(req: IncomingMessage, res: ServerResponse): Request {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  const headers = new Headers();
  for (let at = 0; at < req.rawHeaders.length; at += 2)
    headers.append(req.rawHeaders[at]!, req.rawHeaders[at + 1]!);
  const hasBody = req.method !== 'GET' && req.method !== 'HEAD';
  return new Request(`http://${req.headers.host}${req.url}`, {
    method: req.method!,
    headers,
    signal: gone.signal,
    ...(hasBody ? { body: Readable.toWeb(req) as BodyInit, duplex: 'half' } : {}),
  });
}

/** Every door of the package, with what it is mounted in. */
export const DOORS = {
  'plain node:http': async ({ middleware }) => middleware,
  Express: expressWith(),
  'Express behind express.json() and a cookie of the host': expressWith(hostCookie, express.json()),
  Fastify: async ({ middleware }) => {
    const app = Fastify();
    app.addHook('onRequest', (request, reply, done) => {
      void middleware(request.raw, reply.raw, done as (error?: unknown) => void);
    });
    app.get('/*', async () => FOREIGN);
    await app.ready();
    return (req, res) => app.routing(req, res);
  },
  'the Pages handler, as Next calls it':
    async ({ pagesHandler }) =>
    (req, res) => {
      Object.assign(req, { [NEXT_META]: { initURL: `http://${req.headers.host}${req.url}` } });
      req.url = decodeURIComponent(req.url ?? '');
      return pagesHandler(req, res);
    },
  'fetch(Request)':
    async ({ fetch }) =>
    async (req, res) =>
      send(await fetch(requestOf(req, res), { remoteAddress: req.socket.remoteAddress }), res),
} satisfies Record<string, Door>;

/** A host app with a Reseal before the embedded upstream. */
export interface Host {
  readonly url: string;
  readonly reseal: Reseal;
  readonly upstream: Upstream;
  readonly logged: () => string;
  readonly close: () => Promise<void>;
}

export interface HostOptions {
  readonly door?: Door;
  readonly upstream?: UpstreamOptions;
  readonly reseal?: ResealOptions;
}

let hosts = 0;

/** Starts a host app on a real socket. */
export async function startHost(options: HostOptions = {}): Promise<Host> {
  const upstream = await createUpstream({ accessTtlSeconds: 600, ...options.upstream });
  let listener: Listener = () => undefined;
  const server = await listen(createServer((req, res) => void listener(req, res)));
  const lines: string[] = [];
  hosts += 1;
  const reseal = createReseal({
    name: `host ${hosts}`,
    upstreamUrl: upstream.url,
    upstreamPaths: ['/notes', '/me', '/events', '/echo'],
    sessionPassword: 'a-password-of-thirty-two-letters-or-more',
    appUrl: server.url,
    sessionStore: 'memory',
    log: createLog('debug', { write: (line: string) => void lines.push(line) }),
    ...options.reseal,
  });
  listener = await (options.door ?? DOORS['plain node:http'])(reseal);
  return {
    url: server.url,
    reseal,
    upstream,
    logged: () => lines.join(''),
    close: async () => {
      await server.close();
      await upstream.close();
      await reseal.close();
    },
  };
}
