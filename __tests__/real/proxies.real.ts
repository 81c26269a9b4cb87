import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { Agent, fetch as undiciFetch } from 'undici';
import { parseSetCookie } from 'cookie';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { doctor } from '../support/doctor.ts';
import { freePort } from '../../testing/redisServer.ts';
import { FILES, HOST, startProxy, type Proxy, type ProxyName } from './services/proxies.ts';
import { noteFigures } from './support/figures.ts';
import { describeWith } from './support/available.ts';

/** Another origin of the app, that no request here names by its own host. */
const OTHER_HOST = 'other.example.com';

/** Two of these make a seal of 4 KB. */
const token = () => randomBytes(1000).toString('base64url');

/** An API with large tokens, short ones for the user `small`, an event stream that stays open, and a place for uploads. */
async function startBackend(): Promise<{ url: string; server: Server }> {
  const server = createServer((req, res) => {
    const json = (body: object) =>
      void res.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
    if (req.url === '/events')
      return void res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n');
    let bytes = 0;
    let body = '';
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes < 1000) body += chunk.toString();
    });
    req.on('end', () => {
      if (req.url === '/echo') return json({ bytes });
      const isSmall = body.includes('"small"');
      json({
        access_token: isSmall ? 'short' : token(),
        refresh_token: isSmall ? 'short' : token(),
        expires_in: 600,
        user: { id: '1', name: 'Ada' },
      });
    });
  });
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data as Buffer, { binary: false }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const PROXIES: readonly ProxyName[] = [...(Object.keys(FILES) as ProxyName[]), 'nginx with its defaults'];

describe.each(PROXIES)('%s', (name) => {
  describeWith(name.replace(/ .*/, ''), 'before the built app', () => {
    let backend: Awaited<ReturnType<typeof startBackend>>;
    let app: Instance;
    let proxy: Proxy;
    let agent: Agent;
    let env: Environment;
    const jar = new Map<string, string>();
    const lookup = (
      _host: string,
      _options: object,
      done: (error: null, found: { address: string; family: number }[]) => void,
    ) => done(null, [{ address: '127.0.0.1', family: 4 }]);

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
    const logIn = (username = 'ada') =>
      call('/api/login', { method: 'POST', body: JSON.stringify({ username, password: 'x' }) });
    async function readFirstEvent(): Promise<string> {
      const stream = await call('/api/upstream/events');
      const { value } = await stream.body!.getReader().read();
      return Buffer.from(value as Uint8Array).toString();
    }
    /** What the doctor says of the same login. */
    const diagnose = (username: string) => doctor({ ...env, DOCTOR_PASSWORD: 'x' }, ['--login', username]);

    beforeAll(async () => {
      await ensureBuild();
      const startedAt = performance.now();
      backend = await startBackend();
      const [port, appPort] = [await freePort(), await freePort()];
      env = { ...productionEnvironment(backend.url, `https://${HOST}:${port}`), UPSTREAM_WEBSOCKETS: '1' };
      app = await startInstance(
        { ...env, TRUSTED_PROXIES: '1', APP_ORIGINS: `https://${OTHER_HOST}` },
        { port: appPort },
      );
      proxy = await startProxy(name, port, appPort);
      noteFigures({
        name,
        kind: 'proxy',
        settings: 1,
        configuration: proxy.configurationLines,
        readyMs: performance.now() - startedAt,
      });
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
        expect((await diagnose('ada')).text).toMatch(/WARN {2}login headers .*\n.*proxy_buffer_size 16k/);
      });

      test('passes a login with short tokens, and the first event while the stream stays open', async () => {
        expect((await diagnose('small')).text).toMatch(/ ok {3}login headers .*below the 4 KB/);
        expect((await logIn('small')).status).toBe(200);
        expect(await readFirstEvent()).toContain('data: first');
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

    test('lets no client choose another origin by X-Forwarded-Host', async () => {
      const answer = await undiciFetch(`${proxy.service.url}/api/login`, {
        method: 'POST',
        dispatcher: agent,
        headers: {
          'X-Reseal': '1',
          'Content-Type': 'application/json',
          Origin: proxy.service.url,
          'X-Forwarded-Host': OTHER_HOST,
        },
        body: '{"username":"small","password":"x"}',
      });
      expect(answer.status).toBe(200);
    });

    test('passes the first event while the stream stays open', async () => {
      expect(await readFirstEvent()).toContain('data: first');
    });

    test('passes a WebSocket, in both directions', async () => {
      const address = `${proxy.service.url.replace('https', 'wss')}/api/upstream/events`;
      const Cookie = [...jar].map(([key, value]) => `${key}=${value}`).join('; ');
      const options = {
        ca: proxy.cert,
        servername: HOST,
        lookup,
        headers: { Cookie, Origin: env['APP_URL'] },
      };
      const socket = new WebSocket(address, options as ClientOptions);
      await once(socket, 'open');
      socket.send('there and back');
      expect(String((await once(socket, 'message'))[0])).toBe('there and back');
      socket.close();
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
