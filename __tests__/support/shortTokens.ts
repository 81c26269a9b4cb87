import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

export interface ShortTokenOptions {
  /** How long an access token lives. */
  readonly lifeMs: number;
  /** How long a request with a living token takes. A refused one is answered at once. */
  readonly answerMs: number;
  /** The share of refreshes that are answered 503. */
  readonly failing?: number;
  /** What the page runs. */
  readonly script: string;
}

export interface ShortTokens {
  readonly url: string;
  readonly refreshes: number;
  /** Kills the access token before its time. */
  expire(): void;
  close(): Promise<void>;
}

/**
 * Starts a server on a real socket that speaks docs/wire.md for one session whose tokens die young: cookie and hint,
 * `401 token_expired` with the newest version, downloads and event streams. An older cookie leads to the newest token.
 */
export async function startShortTokens(options: ShortTokenOptions): Promise<ShortTokens> {
  const { lifeMs, answerMs, failing = 0, script } = options;
  let version = 1;
  let diesAtMs = 0;
  let refreshes = 0;

  async function refresh(req: IncomingMessage, res: ServerResponse): Promise<void> {
    refreshes += 1;
    const { staleVersion = 0 } = (await json(req)) as { staleVersion?: number };
    await wait(20);
    if (Math.random() < failing)
      return void res.writeHead(503, { 'X-Reseal-Reason': 'upstream_unavailable' }).end();
    if (staleVersion >= version || Date.now() >= diesAtMs) {
      version += 1;
      diesAtMs = Date.now() + lifeMs;
    }
    const session = { id: 's', version, expiresInMs: Math.max(0, diesAtMs - Date.now()), endsInMs: 1e9 };
    res.setHeader('Set-Cookie', [`reseal=${version}; Path=/; HttpOnly`, `reseal_hint=s.${version}; Path=/`]);
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ user: { id: 'ada', name: 'Ada' }, session }));
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '/';
    if (path === '/') {
      res.setHeader('Set-Cookie', `reseal_hint=s.${version}; Path=/`);
      return void res
        .setHeader('Content-Type', 'text/html')
        .end('<!doctype html><title>short tokens</title>');
    }
    if (path === '/page.js') return void res.setHeader('Content-Type', 'text/javascript').end(script);
    if (path === '/api/user') return refresh(req, res);
    if (Date.now() >= diesAtMs) {
      res.writeHead(401, { 'X-Reseal-Reason': 'token_expired', 'X-Reseal-Version': String(version) });
      return void res.end('{"code":"token_expired"}');
    }
    if (path.startsWith('/api/events')) return stream(path, res);
    if (path.startsWith('/api/file')) res.setHeader('Content-Disposition', 'attachment; filename="file.txt"');
    await wait(answerMs);
    res.end(path);
  }

  /** Sends an event each 50 ms, and ends when the token dies, as a proxy that closes dead streams does. */
  async function stream(path: string, res: ServerResponse): Promise<void> {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (let id = Number(/\d+$/.exec(path)?.[0] ?? 0) + 1; Date.now() < diesAtMs && !res.destroyed; id++) {
      res.write(`retry: 50\nid: ${id}\ndata: ${id}\n\n`);
      await wait(50);
    }
    res.end();
  }

  const server = createServer((req, res) => {
    answer(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get refreshes() {
      return refreshes;
    },
    expire: () => void (diesAtMs = 0),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
