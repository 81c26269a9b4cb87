import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One browser of the siege: a cookie jar and connections of its own, and an address that its proxy names. */
export class Person {
  readonly username: string;
  readonly agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  readonly jar = new Map<string, string>();
  version = 1;
  private readonly app: URL;
  private readonly address: string;

  constructor(app: string, username: string, number: number) {
    this.app = new URL(app);
    this.username = username;
    this.address = `203.0.113.${number}`;
  }

  options(path: string, method: string): RequestOptions {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'X-Reseal': '1', Cookie: cookie, 'X-Forwarded-For': this.address };
    return { host: this.app.hostname, port: this.app.port, path, method, agent: this.agent, headers };
  }

  /** Sends a request and reads the answer whole; rejects where the connection breaks. */
  call(path: string, { method = 'GET', json }: { method?: string; json?: unknown } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const body = json === undefined ? undefined : JSON.stringify(json);
      const req = request(this.options(path, method), (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.once('error', reject);
        res.once('end', () => {
          for (const cookie of res.headers['set-cookie'] ?? []) {
            const [pair = ''] = cookie.split(';');
            const at = pair.indexOf('=');
            this.jar.set(pair.slice(0, at), pair.slice(at + 1));
          }
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
      req.setTimeout(30_000, () => req.destroy(new Error('no answer for 30 s')));
      req.once('error', reject);
      if (body !== undefined) req.setHeader('Content-Type', 'application/json');
      req.end(body);
    });
  }

  async login(password = 'secret'): Promise<Answer> {
    const answer = await this.call('/api/login', {
      method: 'POST',
      json: { username: this.username, password },
    });
    if (answer.status === 200) this.version = 1;
    return answer;
  }

  /** Reads the notes as the engine does: over an expired token it refreshes once and sends the request again. */
  async readNotes(): Promise<Answer> {
    const answer = await this.call('/api/upstream/notes');
    if (answer.status !== 401 || answer.headers['x-reseal-reason'] !== 'token_expired') return answer;
    const staleVersion = Number(answer.headers['x-reseal-version']);
    const refreshed = await this.call('/api/user', { method: 'POST', json: { staleVersion } });
    return refreshed.status === 200 ? this.call('/api/upstream/notes') : refreshed;
  }
}
