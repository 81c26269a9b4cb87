import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it arrived, whole. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly status: number;
}

export interface WireBackend {
  readonly url: string;
  readonly arrived: readonly Arrived[];
  readonly refreshes: number;
  version: number;
  /** How long a token lives by the answer to a refresh, in milliseconds. */
  lifeMs: number | null;
  /** Kills the access token. */
  expire(): void;
  /** Answers the coming requests itself: one handler for one request that is no refresh. */
  next(...handlers: Handler[]): void;
  /** Answers the coming refreshes itself. */
  nextRefresh(...handlers: Handler[]): void;
  close(): Promise<void>;
}
type Handler = (res: ServerResponse, req: IncomingMessage, body: Buffer) => void;

/** Refuses a request as the proxy does: `401 token_expired` of a version. */
export const refuseToken = (res: ServerResponse, version: number): void =>
  void res
    .writeHead(401, { 'X-Reseal-Reason': 'token_expired', 'X-Reseal-Version': String(version) })
    .end('{"code":"token_expired"}');

/** Starts a server that speaks docs/wire.md on a real socket, for one session; it needs no cookie. */
export async function startWireBackend(): Promise<WireBackend> {
  const arrived: Arrived[] = [];
  const handlers: Handler[] = [];
  const refreshHandlers: Handler[] = [];
  let isDead = false;
  let refreshes = 0;

  function refresh(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
    refreshes += 1;
    const handler = refreshHandlers.shift();
    if (handler) return handler(res, req, body);
    backend.version += 1;
    isDead = false;
    const session = { id: 's', version: backend.version, expiresInMs: backend.lifeMs, endsInMs: 600_000 };
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ user: { id: 'ada', name: 'Ada' }, session }));
  }

  const server = createServer((req, res) => {
    void buffer(req).then((body) => {
      const path = req.url ?? '';
      if (path === '/refresh') return refresh(req, res, body);
      res.on('finish', () => arrived.push({ method: req.method ?? '', path, body, status: res.statusCode }));
      const handler = handlers.shift();
      if (handler) return handler(res, req, body);
      if (isDead) return refuseToken(res, backend.version);
      res.end(body.length ? body : path);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const backend: WireBackend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    get refreshes() {
      return refreshes;
    },
    version: 1,
    lifeMs: 60_000,
    expire: () => void (isDead = true),
    next: (...more) => void handlers.push(...more),
    nextRefresh: (...more) => void refreshHandlers.push(...more),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return backend;
}
