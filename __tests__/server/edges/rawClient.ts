import { connect, type Socket } from 'node:net';

/** An answer as its bytes said it; names in lower case, each with all its values. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** A connection that sends what it is told, character for character: nothing is normalised on the way. */
export class RawClient {
  readonly socket: Socket;
  private received = '';
  private ended = false;
  private waiting: (() => void)[] = [];

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const wake = () => this.waiting.splice(0).forEach((go) => go());
    const end = () => {
      this.ended = true;
      wake();
    };
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk: string) => {
      this.received += chunk;
      wake();
    });
    this.socket.on('end', end).on('close', end).on('error', end);
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Waits until what was received matches; rejects where the connection ends first. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.received)) {
      if (this.ended) throw new Error(`the connection ended after: ${this.received.slice(0, 500)}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return this.received;
  }

  /** Waits until the other side closes; answers all that came. */
  async all(): Promise<string> {
    while (!this.ended) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.socket.destroy();
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Sends one request on a connection of its own and reads the answer to its end. */
export async function sendRaw(url: string, request: string | Uint8Array): Promise<RawAnswer> {
  return parseAnswer(await new RawClient(url).send(request).all());
}

/** Writes a request; unless its headers say something of the connection, that is closed behind it. */
export function requestText(line: string, headers: readonly string[] = [], body = ''): string {
  const isSilent = !headers.some((header) => /^connection:/i.test(header));
  const all = ['Host: app.example', ...(isSilent ? ['Connection: close'] : []), ...headers];
  return [`${line} HTTP/1.1`, ...all, '', body].join('\r\n');
}

export function parseAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(line.indexOf(':') + 1).trim()]);
  }
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body: rest.join('\r\n\r\n') };
}
