import { createServer, type RequestListener } from 'node:http';
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { createRouter } from '../../server/http/router.ts';
import { nodeListener } from '../../server/adapters/node.ts';
import type { TokenPair } from '../../server/session/record.ts';
import type { PasswordIssuer } from '../../server/issuers/issuer.ts';
import type { Handler } from '../../server/http/exchange.ts';
import { startApp, type App, type AppOptions } from './app.ts';
import { Browser } from '../../testing/browser.ts';
import { listen, type Listening } from './listen.ts';

/** Serves one handler on a socket of its own. */
export function serve(handle: Handler): Promise<Listening> {
  const answer = nodeListener(handle);
  return listen(createServer((req, res) => void answer(req, res)));
}

let tokens = 0;

/** Makes a pair with unique tokens. */
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

/** An issuer that grants every login and refresh; the test may replace parts of it. */
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

/** An app in front of an upstream that the test makes, with `ada` signed in. */
export interface SignedInApp extends App {
  readonly ada: Browser;
  /** Every path of this server reaches the proxy unchanged. */
  readonly proxyUrl: string;
}

/** Starts an app in front of a bare server; logins are granted without calling it. */
export async function startSignedInApp(
  upstream: NetServer | RequestListener,
  options: AppOptions & { basePath?: string } = {},
): Promise<SignedInApp> {
  const backend = await listen(typeof upstream === 'function' ? createServer(upstream) : upstream);
  const app = await startApp(backend.url + (options.basePath ?? ''), {
    ...options,
    parts: { issuer: grantingIssuer(), ...options.parts },
  });
  const { log, originOf, find } = app.runtime;
  const toProxy = () => find('/api/upstream/');
  const proxy = await serve(createRouter({ find: toProxy, originOf, log }));
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

/** An upstream that reads a request head and then writes these bytes; with `stay` it keeps listening. */
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
