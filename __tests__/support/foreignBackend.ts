import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { json } from 'node:stream/consumers';
import { deferred } from './deferred.ts';

/** Someone's own backend, with tokens that expire; it knows nothing of Reseal. */
export interface ForeignBackend {
  readonly url: string;
  readonly refreshes: number;
  /** The paths that were answered, in order. */
  readonly answered: readonly string[];
  /** Access tokens that are out are refused from now on. */
  expire(): void;
  /** The refresh token is refused from now on, with 403. */
  kill(): void;
  /** Holds the next refresh back: `arrived` once it is here, answered after `release`. */
  holdRefresh(): { readonly arrived: Promise<void>; release(): void };
  close(): Promise<void>;
}

/** Starts it; `pages` is a folder to serve besides. Tokens travel in cookies or, where a request has one, as a bearer. */
export async function startForeignBackend(pages?: string): Promise<ForeignBackend> {
  const answered: string[] = [];
  let generation = 1;
  /** Access tokens up to this one have died; a later one lives on beside its successors, as signed tokens do. */
  let expired = 0;
  let isDead = false;
  let refreshes = 0;
  let gate: { readonly arrived: () => void; readonly released: Promise<void> } | null = null;

  const give = (res: ServerResponse) => {
    const cookies = ['access', 'refresh'].map((name) => `${name}=${name}-${generation}; HttpOnly; Path=/`);
    res.setHeader('Set-Cookie', cookies).setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ access: `access-${generation}`, refresh: `refresh-${generation}` }));
  };

  async function refresh(req: IncomingMessage, res: ServerResponse): Promise<void> {
    refreshes += 1;
    const body = (await json(req).catch(() => null)) as { refresh?: string } | null;
    const shown = body?.refresh ?? /refresh=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1];
    gate?.arrived();
    await gate?.released;
    gate = null;
    // A used refresh token ends it for everyone, as a strict issuer would.
    if (isDead || shown !== `refresh-${generation}`) {
      isDead = true;
      return void res.writeHead(403).end();
    }
    generation += 1;
    give(res);
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '/';
    if (path === '/login') return give(res);
    if (path === '/session/refresh') return refresh(req, res);
    if (!path.startsWith('/items/')) return page(path, res);
    const shown =
      req.headers.authorization?.slice('Bearer '.length) ??
      /access=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1];
    const isGood = !isDead && Number(/^access-(\d+)$/.exec(shown ?? '')?.[1] ?? 0) > expired;
    if (!isGood) return void res.writeHead(401).end();
    answered.push(path);
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ path, generation }));
  }

  async function page(path: string, res: ServerResponse): Promise<void> {
    const file = pages && join(pages, normalize(path === '/' ? '/index.html' : path));
    const bytes = file ? await readFile(file).catch(() => null) : null;
    if (!bytes) return void res.writeHead(404).end();
    res.setHeader('Content-Type', path.endsWith('.js') ? 'text/javascript' : 'text/html').end(bytes);
  }

  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    get refreshes() {
      return refreshes;
    },
    expire: () => void (expired = generation),
    kill: () => void (isDead = true),
    holdRefresh() {
      const [arrived, released] = [deferred(), deferred()];
      gate = { arrived: () => arrived.resolve(), released: released.promise };
      return { arrived: arrived.promise, release: () => released.resolve() };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
