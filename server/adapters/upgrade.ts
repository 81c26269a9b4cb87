import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange, Reply } from '../http/exchange.ts';
import type { SwitchedProtocols } from '../proxy/webSocket.ts';
import { describe } from './node.ts';

/** What a listener of `upgrade` is made of. */
export interface Upgrades {
  /** Tells whether a request is for a WebSocket that is proxied. */
  takes(handshake: Pick<Exchange, 'headers' | 'target'>): boolean;
  /** Answers a handshake; never rejects. */
  open(exchange: Exchange): Promise<SwitchedProtocols | Reply>;
}

/**
 * Answers an `upgrade` event of a node:http server.
 *
 * @returns whether the request was Reseal's; the socket of any other is left as it is
 */
export type UpgradeListener = (req: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** Makes the listener for the event `upgrade` of a node:http server, whichever framework answers its requests. */
export function upgradeListener({ takes, open }: Upgrades): UpgradeListener {
  return (req, socket, head) => {
    const target = req.url ?? '';
    if (!takes({ headers: req.headers, target })) return false;
    socket.on('error', () => undefined);
    const exchange = describe(req, target, (listener) => {
      if (socket.destroyed) listener();
      else socket.once('close', listener);
    });
    void open(exchange).then((answer) => {
      if (!('start' in answer)) return void socket.end(refusalOf(answer));
      if (socket.destroyed) return answer.abandon();
      socket.write(headOf(101, answer.headers));
      answer.start(socket, head);
    });
    return true;
  };
}

function headOf(status: number, headers: readonly string[]): string {
  const lines = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1] ?? ''}`] : []));
  return `${[`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** Writes a reply to a handshake as HTTP: Node gives no response object with an upgrade. */
function refusalOf({ status, headers, body }: Reply): string {
  const text = typeof body === 'string' ? body : '';
  const own = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  const length = ['Content-Length', String(Buffer.byteLength(text)), 'Connection', 'close'];
  return headOf(status, [...own, ...length]) + text;
}
