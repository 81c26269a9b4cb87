import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a connection may take, in ms. */
export interface ConnectionBounds {
  /** A whole request. Node's own five minutes would cut off an upload over a slow line. */
  readonly requestMs: number;
  /** The head of a request, also the first one of a connection. */
  readonly headMs: number;
  /** A connection without a request, after its last reply. Load balancers keep theirs for 60 s. */
  readonly keepAliveMs: number;
  /** The rest of a request body whose reply has been sent. */
  readonly lingerMs: number;
  /** A reply of which the client reads nothing more. */
  readonly stallMs: number;
  readonly checkEveryMs: number;
}

export const CONNECTION_BOUNDS: ConnectionBounds = {
  requestMs: 3_600_000,
  headMs: 30_000,
  keepAliveMs: 65_000,
  lingerMs: 20_000,
  stallMs: 50_000,
  checkEveryMs: 5000,
};

const MAX_HEAD_BYTES = 16 * 1024;
const TCP_KEEP_ALIVE_MS = 60_000;
/** Node closes an idle connection itself, a second after its bound. */
const NODE_TIMER_MS = 1000;

const refuseUpgrade = () => false;

/** Which requests change the protocol of their connection, and what then has it. */
export interface UpgradeRule {
  readonly takes: (req: IncomingMessage) => boolean;
  readonly onUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => unknown;
}

/** Replies that may stall: proxied calls, which the limit of their session bounds. */
const isStream = (req: IncomingMessage, res: ServerResponse) =>
  !res.writableEnded && req.url?.startsWith('/api/upstream/') === true;

/**
 * Makes the HTTP server of this process, with a bound on everything that a client may leave open.
 *
 * Requests for an upgrade that no rule takes are answered as what they are besides: requests. The target `*` becomes a path that does
 * not exist, because routers expect a path.
 *
 * @see RFC 9112 §3.2.4, RFC 9110 §7.8
 */
export function createHttpServer(
  listener: RequestListener,
  bounds = CONNECTION_BOUNDS,
  upgrades: UpgradeRule = { takes: refuseUpgrade, onUpgrade: refuseUpgrade },
): Server {
  const options = {
    requestTimeout: bounds.requestMs,
    headersTimeout: bounds.headMs,
    keepAliveTimeout: bounds.keepAliveMs,
    connectionsCheckingInterval: bounds.checkEveryMs,
    maxHeaderSize: MAX_HEAD_BYTES,
    // A client that vanished without closing is found out by the kernel.
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    shouldUpgradeCallback: upgrades.takes,
  };
  const connections = watchConnections(bounds);
  const server = createServer(options, (req, res) => {
    if (req.url === '*') req.url = '/*';
    connections.onRequest(req, res);
    listener(req, res);
  });
  server.on('connection', connections.onConnection);
  server.on('upgrade', (req, socket, head) => {
    // Its bounds are the session's from now on.
    connections.forget(req.socket);
    upgrades.onUpgrade(req, socket, head);
  });
  const sweep = setInterval(connections.sweep, bounds.checkEveryMs).unref();
  server.once('close', () => clearInterval(sweep));
  return server;
}

interface Connection {
  /** Requests whose reply is not finished. */
  readonly open: Map<ServerResponse, IncomingMessage>;
  /** The request of the last reply. */
  answered: IncomingMessage | null;
  quietSinceMs: number;
  /** Bytes that the client has taken. */
  taken: number;
}

/** Finds the connections that Node's own timers leave open. */
function watchConnections({ keepAliveMs, stallMs, lingerMs }: ConnectionBounds) {
  const connections = new Map<Socket, Connection>();

  const boundOf = ({ open, answered }: Connection) => {
    if (open.size > 0) return stallMs;
    // Not at once: a connection that is closed while its client sends is reset, and the reply is lost with it.
    return answered?.complete === false ? lingerMs : keepAliveMs + NODE_TIMER_MS;
  };

  /** Node's timer for idle connections starts anew at each stray byte between two requests. */
  const isOverdue = (socket: Socket, connection: Connection, nowMs: number) => {
    const taken = socket.bytesWritten - socket.writableLength;
    const isWaiting = socket.writableLength > 0;
    const mayStandStill = [...connection.open].some(([res, req]) => isStream(req, res));
    const isMoving = connection.open.size > 0 && (!isWaiting || taken !== connection.taken || mayStandStill);
    if (isMoving) connection.quietSinceMs = nowMs;
    connection.taken = taken;
    return nowMs - connection.quietSinceMs > boundOf(connection);
  };

  function onConnection(socket: Socket): Connection {
    const connection: Connection = { open: new Map(), answered: null, quietSinceMs: Date.now(), taken: 0 };
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
    return connection;
  }

  return {
    onConnection,
    forget: (socket: Socket): void => void connections.delete(socket),
    onRequest(req: IncomingMessage, res: ServerResponse): void {
      const { socket } = req;
      const connection = connections.get(socket) ?? onConnection(socket);
      connection.open.set(res, req);
      res.once('close', () => {
        connection.open.delete(res);
        connection.quietSinceMs = Date.now();
        connection.answered = req;
      });
    },
    sweep(): void {
      const nowMs = Date.now();
      for (const [socket, connection] of connections)
        if (isOverdue(socket, connection, nowMs)) socket.destroy();
    },
  };
}

/** Node announces here every request of every HTTP server of the process. */
const REQUESTS = 'http.server.request.start';

/** What Node announces with a request. */
export interface AnnouncedRequest {
  readonly server: Server;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Calls `onRequest` for every request of the servers that Next made and keeps to itself (`next start`, `next dev`).
 *
 * @returns what stops it
 */
export function watchRequests(onRequest: (announced: AnnouncedRequest) => void): () => void {
  const listener = (message: unknown) => onRequest(message as AnnouncedRequest);
  subscribe(REQUESTS, listener);
  return () => unsubscribe(REQUESTS, listener);
}

/**
 * Gives the HTTP server that Next made the bounds of {@link createHttpServer}, from its first request on.
 *
 * @returns what stops it
 */
export function tendHttpServer(bounds = CONNECTION_BOUNDS): () => void {
  const connections = watchConnections(bounds);
  const sweep = setInterval(connections.sweep, bounds.checkEveryMs).unref();
  const stop = watchRequests(({ server, request, response }) => {
    server.requestTimeout = bounds.requestMs;
    // Next's server looks every 30 s, so that half a minute can become a whole one.
    server.headersTimeout = Math.min(server.headersTimeout, bounds.headMs);
    server.keepAliveTimeout = bounds.keepAliveMs;
    // Next leaves a connection that asks for an upgrade open for good.
    Object.assign(server, { shouldUpgradeCallback: refuseUpgrade });
    if (request.url === '*') request.url = '/*';
    connections.onRequest(request, response);
  });
  return () => {
    clearInterval(sweep);
    stop();
  };
}
