import { createServer, type Server } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { Agent, fetch as undiciFetch } from 'undici';
import { parseSetCookie } from 'cookie';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { freePort } from '../../testing/redisServer.ts';
import { HOST, startProxy, type Proxy, type ProxyName } from './services/proxies.ts';
import { describeWith } from './support/available.ts';

/** Two of these make a seal of 4 KB. */
const token = () => randomBytes(1000).toString('base64url');

/** An API with large tokens, an event stream that stays open, and a place for uploads. */
async function startBackend(): Promise<{ url: string; server: Server }> {
  const server = createServer((req, res) => {
    const json = (body: object) =>
      void res.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
    if (req.url === '/events')
      return void res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n');
    let bytes = 0;
    req.on('data', (chunk: Buffer) => (bytes += chunk.length));
    req.on('end', () => {
      if (req.url === '/echo') return json({ bytes });
      json({
        access_token: token(),
        refresh_token: token(),
        expires_in: 600,
        user: { id: '1', name: 'Ada' },
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const PROXIES: readonly ProxyName[] = ['nginx', 'nginx with its defaults', 'Caddy', 'HAProxy', 'Apache'];

describe.each(PROXIES)('%s', (name) => {
  describeWith(name.replace(/ .*/, ''), 'before the built app', () => {
    let backend: Awaited<ReturnType<typeof startBackend>>;
    let app: Instance;
    let proxy: Proxy;
    let agent: Agent;
    const jar = new Map<string, string>();

    async function call(path: string, init: { method?: string; body?: string | Buffer; type?: string } = {}) {
      const response = await undiciFetch(proxy.service.url + path, {
        method: init.method ?? 'GET',
        dispatcher: agent,
        headers: {
          'X-Reseal': '1',
          Cookie: [...jar].map(([key, value]) => `${key}=${value}`).join('; '),
          ...(init.body === undefined ? {} : { 'Content-Type': init.type ?? 'application/json' }),
        },
        ...(init.body === undefined ? {} : { body: init.body }),
      });
      for (const line of response.headers.getSetCookie()) {
        const { name: key, value = '' } = parseSetCookie(line, { decode: (raw) => raw });
        jar.set(key, value);
      }
      return response;
    }
    const logIn = () => call('/api/login', { method: 'POST', body: '{"username":"ada","password":"x"}' });

    beforeAll(async () => {
      await ensureBuild();
      backend = await startBackend();
      const [port, appPort] = [await freePort(), await freePort()];
      const env = productionEnvironment(backend.url, `https://${HOST}:${port}`);
      app = await startInstance({ ...env, TRUSTED_PROXIES: '1' }, { port: appPort });
      proxy = await startProxy(name, port, appPort);
      const lookup = (
        _host: string,
        _options: object,
        done: (error: null, found: { address: string; family: number }[]) => void,
      ) => done(null, [{ address: '127.0.0.1', family: 4 }]);
      agent = new Agent({ connect: { ca: proxy.cert, servername: HOST, lookup } });
    }, 120_000);
    afterAll(async () => {
      await agent?.destroy();
      await proxy?.service.stop();
      await app?.stop();
      backend?.server.closeAllConnections();
      backend?.server.close();
    });

    test('speaks HTTP/2 with the browser', async () => {
      const session = connect(`https://127.0.0.1:${proxy.service.port}`, {
        ca: proxy.cert,
        servername: HOST,
      });
      const protocol = await new Promise((resolve, reject) => {
        session.once('connect', () => resolve(session.alpnProtocol)).once('error', reject);
      });
      session.destroy();
      expect(protocol).toBe('h2');
    });

    if (name === 'nginx with its defaults') {
      test('answers 502 to a login with two large tokens: why deploy/nginx.conf sets proxy_buffer_size', async () => {
        expect((await logIn()).status).toBe(502);
        expect(proxy.service.output()).toContain('upstream sent too big header');
      });
      return;
    }

    test('passes a login with two tokens of 1.3 KB, and the seal that comes back', async () => {
      const response = await logIn();
      expect(response.status).toBe(200);
      const setCookies = response.headers.getSetCookie().join('').length;
      expect(setCookies).toBeGreaterThan(4096);
      expect((await call('/api/user')).status).toBe(200);
    });

    test('passes the first event while the stream stays open', async () => {
      const stream = await call('/api/upstream/events');
      const { value } = await stream.body!.getReader().read();
      expect(Buffer.from(value as Uint8Array).toString()).toContain('data: first');
    });

    test('passes an upload of 5 MB', async () => {
      const response = await call('/api/upstream/echo', {
        method: 'POST',
        body: Buffer.alloc(5_000_000),
        type: 'application/octet-stream',
      });
      expect(await response.json()).toEqual({ bytes: 5_000_000 });
    });
  });
});
