import { createServer, type RequestListener } from 'node:http';
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import upstreamProxy from '../../../pages/api/upstream/[...path].ts';
import type { TokenPair } from '../../../server/session/record.ts';
import type { PasswordIssuer } from '../../../server/issuers/issuer.ts';
import type { Runtime } from '../../../server/createReseal.ts';
import type { ApiRoute } from '../../../server/http/handler.ts';
import { startApp, type App, type AppOptions } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';

/** A server on a port of its own. */
export interface Listening {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Listens on any free port of the loopback. */
export async function listen(server: NetServer): Promise<Listening> {
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

/** Serves one API route for every address, so that no router tidies the target before the route sees it. */
export function serveRoute(route: ApiRoute, runtime: Runtime): Promise<Listening> {
  return listen(createServer((req, res) => void route(req, res, runtime)));
}

let tokens = 0;

/** Makes a pair whose tokens are like no other's. */
export function pairOf(changes: Partial<TokenPair> = {}): TokenPair {
  tokens += 1;
  return {
    accessToken: `access-${tokens}`,
    refreshToken: `refresh-${tokens}`,
    expiresAtMs: null,
    refreshedAtMs: Date.now(),
    ...changes,
  };
}

/** An issuer that grants whatever is asked, with pairs that the test can choose. */
export function grantingIssuer(changes: Partial<PasswordIssuer> = {}): PasswordIssuer {
  return {
    login: async ({ username }) => ({
      kind: 'granted',
      pair: pairOf(),
      user: { id: `user-${username}`, name: username },
    }),
    refresh: async () => ({ kind: 'granted', pair: pairOf() }),
    revoke: async () => undefined,
    ...changes,
  };
}

/** An app before an upstream of the test's own making, with somebody signed in. */
export interface Stage extends App {
  readonly ada: Browser;
  /** Where every address reaches the proxy untouched. */
  readonly proxyUrl: string;
}

/** Sets an app before an upstream that is a bare server; logins are granted without asking it. */
export async function startStage(
  upstream: NetServer | RequestListener,
  options: AppOptions & { basePath?: string } = {},
): Promise<Stage> {
  const backend = await listen(typeof upstream === 'function' ? createServer(upstream) : upstream);
  const app = await startApp(backend.url + (options.basePath ?? ''), {
    ...options,
    parts: { issuer: grantingIssuer(), ...options.parts },
  });
  const proxy = await serveRoute(upstreamProxy, app.runtime);
  const ada = new Browser(app.url);
  await ada.login();
  return {
    ...app,
    ada,
    proxyUrl: proxy.url,
    close: async () => {
      await Promise.all([backend.close(), proxy.close()]);
      await app.close();
    },
  };
}

/** An upstream that reads a head and then says this, and no more; with `stay` it goes on listening. */
export function saying(bytes: string | Uint8Array, then: 'close' | 'reset' | 'stay' = 'close'): NetServer {
  return createNetServer((socket: Socket) => {
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      const isOver = head.includes('\r\n\r\n');
      head += isOver ? '' : chunk.toString('latin1');
      if (isOver || !head.includes('\r\n\r\n')) return;
      socket.write(bytes);
      if (then === 'close') socket.end();
      if (then === 'reset') socket.resetAndDestroy();
    });
  });
}
