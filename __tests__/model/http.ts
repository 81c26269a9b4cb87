import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Writable } from 'node:stream';

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly body: string;
}

/** What the handlers use of an `IncomingMessage`. */
export function lightRequest({ method, path, headers, body }: WireRequest): IncomingMessage {
  const req = Readable.from(body === '' ? [] : [Buffer.from(body)], { objectMode: false });
  return Object.assign(req, {
    method,
    url: path,
    headers: { ...headers, ...(body === '' ? {} : { 'content-length': String(body.length) }) },
    rawHeaders: Object.entries(headers).flat(),
    socket: { remoteAddress: '127.0.0.1' },
  }) as unknown as IncomingMessage;
}

/** What the handlers use of a `ServerResponse`; `ended` hears the answer once it is whole. */
class LightResponse extends Writable {
  statusCode = 200;
  headersSent = false;
  private readonly fields = new Map<string, string | readonly string[]>();
  private readonly chunks: Buffer[] = [];
  private readonly ended: (answer: WireAnswer) => void;

  constructor(ended: (answer: WireAnswer) => void) {
    super();
    this.ended = ended;
  }

  setHeader(name: string, value: string | readonly string[]): this {
    this.fields.set(name.toLowerCase(), value);
    return this;
  }

  getHeader(name: string): string | readonly string[] | undefined {
    return this.fields.get(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.fields.delete(name.toLowerCase());
  }

  writeHead(status: number, headers: Record<string, string | string[]> = {}): this {
    this.statusCode = status;
    this.headersSent = true;
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, value);
    return this;
  }

  flushHeaders(): void {
    this.headersSent = true;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    const setCookies = [this.fields.get('set-cookie') ?? []].flat();
    this.fields.delete('set-cookie');
    const headers = Object.fromEntries([...this.fields].map(([name, value]) => [name, String(value)]));
    this.ended({ status: this.statusCode, headers, setCookies, body: Buffer.concat(this.chunks).toString() });
    done();
  }
}

export function lightResponse(ended: (answer: WireAnswer) => void): ServerResponse {
  return new LightResponse(ended) as unknown as ServerResponse;
}
