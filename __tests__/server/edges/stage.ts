import { createServer, type RequestListener } from 'node:http';
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { createRouter } from '../../../server/http/router.ts';
import { nodeListener } from '../../../server/adapters/node.ts';
import type { TokenPair } from '../../../server/session/record.ts';
import type { PasswordIssuer } from '../../../server/issuers/issuer.ts';
import type { Handler } from '../../../server/http/exchange.ts';
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

/** Serves one handler on a socket of its own. */
export function serve(handle: Handler): Promise<Listening> {
  const answer = nodeListener(handle);
  return listen(createServer((req, res) => void answer(req, res)));
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
  const { log, settings, find } = app.runtime;
  const toProxy = () => find('/api/upstream/');
  const proxy = await serve(createRouter({ find: toProxy, appOrigin: settings.appUrl.origin, log }));
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
