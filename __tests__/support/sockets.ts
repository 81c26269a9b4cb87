import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import type { Browser } from '../../testing/browser.ts';

/** A backend that takes WebSockets, to hand to a test environment as its upstream. */
export interface SocketBackend {
  readonly server: Server;
  /** The handshakes that arrived, also those that were refused. */
  readonly handshakes: IncomingMessage[];
  /** The sockets that are open, in the order in which they came. */
  readonly sockets: WebSocket[];
  /** Decides about the next handshakes by their `Authorization`; `null` accepts, a status refuses. */
  decide: (authorization: string | undefined) => number | null;
}

/** Makes a backend that sends back what it receives; it listens nowhere yet. */
export function createSocketBackend(onSocket: (socket: WebSocket) => void = echo): SocketBackend {
  const server = createServer((_req, res) => void res.end('{}'));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  const backend: SocketBackend = { server, handshakes: [], sockets: [], decide: () => null };
  server.on('upgrade', (req, socket, head) => {
    backend.handshakes.push(req);
    const status = backend.decide(req.headers.authorization);
    if (status !== null) return void socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
    sockets.handleUpgrade(req, socket, head, (opened) => {
      backend.sockets.push(opened);
      opened.on('error', () => undefined);
      onSocket(opened);
    });
  });
  return backend;
}

function echo(socket: WebSocket): void {
  socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }));
}

/** How a socket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client's socket, as a page of the app opens it. */
export interface OpenedSocket {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  /** The next message. */
  next(): Promise<string>;
}

export interface SocketOptions extends ClientOptions {
  readonly protocols?: string[];
  readonly cookie?: string;
  /** Whether it names its origin, as browsers always do. */
  readonly namesOrigin?: boolean;
}

/** Opens a socket through the proxy; rejects with `the proxy answered <status> <code>` where the handshake is refused. */
export async function openSocket(
  browser: Pick<Browser, 'origin' | 'cookie'>,
  path: string,
  { protocols = [], cookie = browser.cookie, headers, namesOrigin = true, ...options }: SocketOptions = {},
): Promise<OpenedSocket> {
  const socket = new WebSocket(browser.origin.replace('http', 'ws') + path, protocols, {
    headers: {
      ...(namesOrigin ? { Origin: browser.origin } : {}),
      ...(cookie === '' ? {} : { Cookie: cookie }),
      ...headers,
    },
    ...options,
  });
  const messages: string[] = [];
  const waiting: ((message: string) => void)[] = [];
  socket.on('message', (data) => {
    const text = (data as Buffer).toString();
    const taker = waiting.shift();
    if (taker) taker(text);
    else messages.push(text);
  });
  const closed = new Promise<Closed>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const refused = new Promise<never>((_resolve, reject) =>
    socket.once('unexpected-response', (_req, res: IncomingMessage) => {
      reject(new Error(`the proxy answered ${res.statusCode} ${String(res.headers['x-reseal-reason'])}`));
      socket.terminate();
    }),
  );
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'open'), refused]);
  return {
    socket,
    closed,
    next: () => {
      const known = messages.shift();
      return known === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(known);
    },
  };
}
