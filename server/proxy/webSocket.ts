import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { OF_UPSTREAM, REASON_HEADER, RESEAL_HEADER } from '../../contract/headers.ts';
import { SOCKET_IDENTITY } from '../../contract/socket.ts';
import type { Clock } from '../clock.ts';
import { requireHeaderOrOwnOrigin } from '../http/csrfGuard.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import type { OriginOf } from '../http/origins.ts';
import { ApiError } from '../http/problem.ts';
import type { FindCaller } from './callers.ts';
import { enter, tooMany, type Ask } from './forward.ts';
import type { OpenSockets } from './openSockets.ts';
import { joinSockets } from './tunnel.ts';
import { hasBody } from './requestBody.ts';
import type { Upstreams } from './upstreams.ts';

/** A handshake that the upstream accepted. */
export interface SwitchedProtocols {
  /** The headers of the 101, in turn names and values. */
  readonly headers: readonly string[];
  /** Takes the client's socket, with what it has sent already. */
  start(client: Duplex, head: Buffer): void;
  /** Ends the upstream's socket: the client has gone. */
  abandon(): void;
}

export interface WebSocketProxyOptions {
  readonly upstreams: Pick<Upstreams, 'find'>;
  readonly ask: Ask;
  readonly callerOf: FindCaller;
  readonly originOf: OriginOf;
  readonly sockets: OpenSockets;
  readonly clock: Clock;
}

/** What a handshake asks for. */
type Handshake = Pick<Exchange, 'headers' | 'target'>;

/** Tells whether a request asks for a WebSocket. @see RFC 6455 §4.2.1 */
const isWebSocket = ({ headers }: Pick<Exchange, 'headers'>) => /^websocket$/i.test(headers.upgrade ?? '');

/** Makes what proxies WebSockets to the upstreams that allow them. */
export function createWebSocketProxy(options: WebSocketProxyOptions) {
  const { upstreams, ask, callerOf, originOf, sockets, clock } = options;
  const targetOf = (handshake: Handshake) => {
    const found = upstreams.find(handshake.target);
    return found?.upstream.websockets ? found : null;
  };

  return {
    /** Tells whether a request is for an upstream that allows WebSockets; any other is answered as a plain request. */
    takes: (handshake: Handshake): boolean => isWebSocket(handshake) && targetOf(handshake) !== null,

    /**
     * Answers a handshake, with the checks, the token and the limits of any other call.
     *
     * Throws what a proxied call throws, and `invalid_request` where it is no handshake.
     *
     * @see RFC 6455 §4.2, §10.2 (`Origin` is what keeps other sites out)
     */
    async open(received: Exchange): Promise<SwitchedProtocols | Reply> {
      const { exchange, protocols } = withIdentity(received);
      requireHeaderOrOwnOrigin(exchange, originOf(exchange).origin);
      const target = targetOf(exchange);
      if (!target) throw new ApiError('path_not_allowed');
      const { upstream, path, query } = target;
      const key = keyOf(exchange);
      const caller = await callerOf(exchange, upstream, false);
      const slot = enter(upstream, caller);
      try {
        if (!slot.becomeStream()) throw tooMany();
        const handshake = handshakeHeaders(exchange.headers, key, protocols);
        const call = {
          exchange,
          upstream,
          caller,
          method: 'GET',
          path: path + query,
          handshake,
        } as const;
        const answer = await ask(call);
        if (!answer?.socket) {
          answer?.body.on('error', () => undefined).destroy();
          slot.leave();
          return { status: answer?.status ?? 499, headers: { [REASON_HEADER]: OF_UPSTREAM }, body: null };
        }
        const { socket, headers } = answer;
        if (headers['sec-websocket-accept'] !== acceptOf(key)) {
          socket.destroy();
          throw new ApiError('upstream_unreachable');
        }
        const seal = caller.session?.seal ?? null;
        return {
          headers: acceptHeaders(headers, key, exchange),
          start(client, head) {
            if (head.length > 0) client.unshift(head);
            const tunnel = joinSockets(client, socket, {
              clock,
              onClosed: () => {
                sockets.remove(tunnel, seal);
                slot.leave();
              },
            });
            sockets.add(tunnel, seal);
          },
          abandon() {
            socket.on('error', () => undefined).destroy();
            slot.leave();
          },
        };
      } catch (error) {
        slot.leave();
        throw error;
      }
    },
  };
}

export type WebSocketProxy = ReturnType<typeof createWebSocketProxy>;

const namesOf = (list: string | undefined) => (list ?? '').split(',').map((name) => name.trim()).filter(Boolean); // prettier-ignore

/** Takes the identity out of the subprotocols, where a browser cannot set the header that names it. */
function withIdentity(exchange: Exchange): { exchange: Exchange; protocols: readonly string[] } {
  const offered = namesOf(exchange.headers['sec-websocket-protocol']);
  const identity = offered.find((name) => name.startsWith(SOCKET_IDENTITY))?.slice(SOCKET_IDENTITY.length);
  const protocols = offered.filter((name) => !name.startsWith(SOCKET_IDENTITY));
  const name = RESEAL_HEADER.toLowerCase();
  if (!identity || exchange.headers[name] !== undefined) return { exchange, protocols };
  return { exchange: { ...exchange, headers: { ...exchange.headers, [name]: identity } }, protocols };
}

/** The key of a handshake; 16 bytes in Base64. @see RFC 6455 §4.2.1 */
function keyOf(exchange: Exchange): string {
  const { method, headers } = exchange;
  const key = headers['sec-websocket-key'] ?? '';
  const isHandshake =
    method === 'GET' &&
    !hasBody(exchange) &&
    headers['sec-websocket-version'] === '13' &&
    /^[A-Za-z\d+/]{22}==$/.test(key);
  if (!isHandshake) throw new ApiError('invalid_request', { headers: { 'Sec-WebSocket-Version': '13' } });
  return key;
}

/** What only the receiver of a key can answer. @see RFC 6455 §4.2.2 */
export const acceptOf = (key: string) => hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64');

/** The headers of the handshake upstream. Extensions are agreed between both ends: the frames pass as they are. */
function handshakeHeaders(headers: IncomingHttpHeaders, key: string, protocols: readonly string[]): string[] {
  const extensions = headers['sec-websocket-extensions'];
  return [
    'Sec-WebSocket-Key', key, 'Sec-WebSocket-Version', '13',
    ...(protocols.length > 0 ? ['Sec-WebSocket-Protocol', protocols.join(', ')] : []),
    ...(extensions === undefined ? [] : ['Sec-WebSocket-Extensions', extensions]),
  ]; // prettier-ignore
}

/** The headers of the 101. A browser that offered subprotocols fails where none is chosen: then its identity is. */
function acceptHeaders(
  upstream: IncomingHttpHeaders,
  key: string,
  { headers, requestId }: Exchange,
): readonly string[] {
  const offered = namesOf(headers['sec-websocket-protocol']);
  const chosen =
    upstream['sec-websocket-protocol'] ?? offered.find((name) => name.startsWith(SOCKET_IDENTITY));
  const extensions = upstream['sec-websocket-extensions'];
  return [
    'Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', acceptOf(key),
    ...(chosen === undefined ? [] : ['Sec-WebSocket-Protocol', chosen]),
    ...(extensions === undefined ? [] : ['Sec-WebSocket-Extensions', extensions]),
    'X-Request-Id', requestId,
  ]; // prettier-ignore
}
