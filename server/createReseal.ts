import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { SessionInfo, User } from '../contract/user.ts';
import { middleware, type Middleware } from './adapters/middleware.ts';
import { pagesListener } from './adapters/nextPages.ts';
import type { NodeListener } from './adapters/node.ts';
import { upgradeListener, type UpgradeListener } from './adapters/upgrade.ts';
import { fetchHandler, type FetchHandler } from './adapters/web.ts';
import { composeServer, type Reseal as Server, type ResealParts } from './composeServer.ts';
import type { Claims } from './hooks.ts';
import type { Handler } from './http/exchange.ts';
import { belowBase, refuse } from './http/router.ts';
import { createLog } from './ops/log.ts';
import type { UpstreamInit } from './proxy/upstreamFetch.ts';
import { routeOf } from './routes/routes.ts';
import { readSettings, SettingsError } from './settings/fromEnv.ts';
import { asEnvironment, type Environment, type SettingsInCode } from './settings/inCode.ts';

/** What `createReseal` takes: settings, and what the host app brings of its own. */
export interface ResealOptions<C extends object = object>
  extends SettingsInCode, Omit<ResealParts, 'claims'> {
  /** Variables that count where no option of the same name is given. */
  readonly env?: Environment;
  /** Tells the servers of one process apart; `default` where there is one. */
  readonly name?: string;
  readonly claims?: Claims<C>;
}

/** A session with what `claims` adds to its user. */
export type SessionOf<C extends object> = Omit<SessionInfo, 'user'> & { readonly user: User & Partial<C> };

/** Where a request can be read from: a `Request`, a node:http request, or headers. */
export type RequestSource = Headers | { readonly headers: Headers | IncomingHttpHeaders };

/** An API route of the App Router. */
export type RouteHandler = (request: Request) => Promise<Response>;

/** One server, from whichever side the host app comes. */
export interface Reseal<C extends object = object> {
  /** Express, Connect, Fastify, plain node:http. */
  readonly middleware: Middleware;
  /** An API route of the Pages Router. */
  readonly pagesHandler: NodeListener;
  /** Route handlers of the App Router. */
  readonly routeHandlers: Readonly<
    Record<'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS', RouteHandler>
  >;
  /** Hosts that speak the Fetch API, such as Hono. */
  readonly fetch: FetchHandler;
  /** What every door calls. */
  readonly handle: Handler;
  /** For the event `upgrade` of a node:http server: proxies WebSockets. `false` where the request is none of Reseal's. */
  readonly upgrade: UpgradeListener;
  /** The live session of a request; in the App Router of the current one where none is given. */
  getSession(request?: RequestSource): Promise<SessionOf<C> | null>;
  /** Calls the upstream for a request's session; refreshes an expired token without a cookie. */
  upstreamFetch(path: string, init?: UpstreamInit & { readonly request?: RequestSource }): Promise<Response>;
  /** Waits for refreshes that run, then closes what is open; the next request opens it again. */
  close(): Promise<void>;
}

/** Options that read the settings from the environment, at the first request and not before. */
export function fromEnv(env: Environment = process.env): { readonly env: Environment } {
  return { env };
}

/**
 * Makes the doors of a Reseal server for a host app.
 *
 * It reads no setting, opens nothing and connects to nothing before the first request, so that a module may call it
 * while a framework builds. All module instances of a process share one server for each `name`.
 *
 * Where the settings are wrong every request is answered `misconfigured`; `getSession` and `upstreamFetch` throw a
 * `SettingsError`.
 */
export function createReseal<C extends object = object>(options: ResealOptions<C> = {}): Reseal<C> {
  const { server, known, forget } = createSharedServer(options as ResealOptions);
  const handle: Handler = async (exchange) => {
    let found: Server;
    try {
      found = server();
    } catch (error) {
      return refuse(error, exchange, createLog('info'));
    }
    return found.handle(exchange);
  };
  const basePathOf = once(() => String(options.basePath ?? options.env?.['BASE_PATH'] ?? ''));
  const isOurs = (target: string) => routeOf(belowBase(target.split('?')[0] ?? '', basePathOf())) !== null;
  const fetch = fetchHandler(handle);
  const route: RouteHandler = async (request) => {
    await (await import('./next.ts')).untilRequest();
    return fetch(request);
  };
  return {
    middleware: middleware(handle, isOurs),
    pagesHandler: pagesListener(handle),
    routeHandlers: {
      GET: route, HEAD: route, POST: route, PUT: route, PATCH: route, DELETE: route, OPTIONS: route,
    }, // prettier-ignore
    fetch,
    handle,
    upgrade: (req, socket, head) => {
      if (!isOurs(req.url ?? '')) return false;
      try {
        return upgradeListener(server().upgrades)(req, socket, head);
      } catch (error) {
        createLog('info').fatal({ err: error }, 'the server cannot start');
        return false;
      }
    },
    async getSession(request) {
      const { headers } = await readSource(request);
      return (await server().getSession(headers.cookie)) as SessionOf<C> | null;
    },
    async upstreamFetch(path, { request, ...init } = {}) {
      // First: where Next tries a route while it builds, this rejects before any setting is read.
      const source = await readSource(request);
      return server().upstreamFetch(path, init, source);
    },
    async close() {
      const running = known();
      forget();
      await running?.close();
    },
  };
}

interface Shared {
  readonly server: Server;
  readonly given: string;
}

/** Finds or puts together the one server of this process that has a name. */
function createSharedServer(options: ResealOptions) {
  const {
    env = {},
    name = 'default',
    clock,
    log,
    store,
    issuer,
    upstream,
    throttle,
    hooks,
    claims,
    ...code
  } = options;
  const parts = { clock, log, store, issuer, upstream, throttle, hooks, claims };
  const key = Symbol.for(`reseal.server.${name}`);
  const shared = globalThis as { [key]?: Shared | undefined };

  // Of the code alone: the environment is the same for all.
  const fingerprintOf = once(() => JSON.stringify(asEnvironment(code)));

  function server(): Server {
    const fingerprint = fingerprintOf();
    const running = shared[key];
    if (running && running.given !== fingerprint)
      throw new SettingsError([
        `Two createReseal() calls share the name "${name}" and differ in their settings: give each its own name. ` +
          'After a change of settings restart the server.',
      ]);
    if (running) return running.server;
    const given = { NODE_ENV: process.env.NODE_ENV, ...env, ...asEnvironment(code) };
    const started = composeServer(readSettings(given), withoutUndefined(parts));
    shared[key] = { server: started, given: fingerprint };
    return started;
  }

  return { server, known: () => shared[key]?.server, forget: () => void (shared[key] = undefined) };
}

/** Computes at the first call and not again: reading the environment costs more than the rest of a look-up. */
function once<T extends string>(compute: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= compute());
}

function withoutUndefined<T extends object>(values: T) {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

async function readSource(source?: RequestSource) {
  const given = source ?? (await (await import('./next.ts')).currentHeaders());
  const headers = 'headers' in given ? given.headers : given;
  const { socket } = given as Partial<IncomingMessage>;
  return { headers: plain(headers), remoteAddress: socket?.remoteAddress };
}

/** Of the Fetch API or of node:http, by what it can do: each of Next's bundles may have its own class. */
function plain(headers: Headers | IncomingHttpHeaders): IncomingHttpHeaders {
  const { entries } = headers as Partial<Headers>;
  return typeof entries === 'function'
    ? Object.fromEntries(headers as Headers)
    : (headers as IncomingHttpHeaders);
}
