import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server saw of one trip of a request. */
export interface Trip {
  readonly path: string;
  /** The version of the session that it came with. */
  readonly version: number;
  readonly status: number;
  readonly body: string;
  readonly atMs: number;
}

export interface Backend {
  readonly url: string;
  /** Every trip to `/api/*` that arrived whole, in order. */
  readonly trips: Trip[];
  /** Calls of `POST /refresh`. */
  readonly refreshes: number;
  /** What a refresh does from now on. */
  refresh: 'succeeds' | 'is unavailable' | 'hangs';
  refreshMs: number;
  /** Kills the access token that is out. */
  expire(): void;
  /** Keeps back the answers to a path; what they say is decided when the request arrives. Returns what lets go. */
  hold(path: string): () => void;
  close(): Promise<void>;
}

/**
 * Starts a backend with a cookie session, as a browser would meet it: the cookie names the version of the session, an
 * older version than the newest is answered 401. It is the same for every peer; `tellsVersion` adds the headers that
 * our own server sends beside a 401, and that only our engine reads.
 */
export async function createBackend({ tellsVersion }: { tellsVersion: boolean }): Promise<Backend> {
  const trips: Trip[] = [];
  const held = new Map<string, Promise<void>>();
  let newest = 1;
  let alive = true;
  let refreshes = 0;

  const server = createServer((req, res) => {
    answer(req, res).catch(() => res.destroy());
  });

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '';
    const version = Number(/\bsession=(\d+)/.exec(req.headers.cookie ?? '')?.[1] ?? 0);
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    if (path === '/refresh') return refresh(res);

    const status = alive && version === newest ? 200 : 401;
    trips.push({ path, version, status, body: Buffer.concat(chunks).toString(), atMs: performance.now() });
    await held.get(path);
    if (status === 401 && tellsVersion) {
      res.setHeader('X-Reseal-Reason', 'token_expired');
      res.setHeader('X-Reseal-Version', String(version));
    }
    json(res, status, status === 200 ? { path } : { error: 'expired' });
  }

  async function refresh(res: ServerResponse): Promise<void> {
    refreshes += 1;
    if (backend.refresh === 'hangs') return;
    await new Promise((resolve) => setTimeout(resolve, backend.refreshMs));
    if (backend.refresh === 'is unavailable') {
      res.setHeader('Retry-After', '1');
      return json(res, 503, { error: 'unavailable' });
    }
    newest += 1;
    alive = true;
    res.setHeader('Set-Cookie', `session=${newest}; Path=/; HttpOnly`);
    const session = { id: 's', version: newest, expiresInMs: 60_000, endsInMs: 600_000 };
    json(res, 200, { token: String(newest), user: { id: 'u', name: 'U' }, session });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 2048, resolve));
  const backend: Backend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trips,
    get refreshes() {
      return refreshes;
    },
    refresh: 'succeeds',
    refreshMs: 20,
    expire: () => void (alive = false),
    hold(path) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(path, promise);
      return () => {
        held.delete(path);
        resolve();
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return backend;
}

function json(res: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  res.end(text);
}
