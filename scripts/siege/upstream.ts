import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How long the access tokens of the siege live: short, so that healthy people refresh all the time. */
const LIFE_SECONDS = 5;

/** What the upstream answers to the refreshes of a person, by the first part of the username. */
const REFRESH_FAULTS: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  interaction: (res) => send(res, 400, { error: 'interaction_required' }),
  dialect: (res) => send(res, 401, { statusCode: 401, error: 'Unauthorized' }),
  empty: (res) => res.writeHead(400).end(),
  throttled: (res) => res.writeHead(429, { 'Retry-After': '3600' }).end(),
  client: (res) => send(res, 401, { error: 'invalid_client' }),
  broken: (res) => res.writeHead(500).end(),
  html: (res) => res.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>Sign in'),
  hanging: () => undefined,
};

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function read(req: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, string>;
}

/** A backend that serves healthy people well and each misbehaving one in the way that the username names. */
export async function startUpstream(): Promise<{ url: string; server: Server }> {
  let issued = 0;
  const tokens = (username: string) => {
    issued += 1;
    const expiresAtMs = Date.now() + LIFE_SECONDS * 1000;
    return {
      access_token: `${username}.${expiresAtMs}.${issued}`,
      refresh_token: `${username}.refresh.${issued}`,
      expires_in: LIFE_SECONDS,
    };
  };
  const server = createServer(async (req, res) => {
    const path = (req.url ?? '').split('?')[0];
    if (path === '/auth/login') {
      const { username = '', password } = await read(req);
      if (password !== 'secret') return send(res, 401, { error: 'invalid_grant' });
      return send(res, 200, { ...tokens(username), user: { id: username, name: username } });
    }
    if (path === '/auth/refresh') {
      const username = String((await read(req))['refresh_token']).split('.')[0] ?? '';
      const fault = REFRESH_FAULTS[username.split('-')[0] ?? ''];
      return fault ? fault(res) : send(res, 200, tokens(username));
    }
    if (path === '/auth/logout') return res.writeHead(204).end();
    const [, expiresAtMs] = (req.headers.authorization ?? '').split('.');
    if (!(Number(expiresAtMs) > Date.now()))
      return res.writeHead(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }).end();
    if (path === '/slow') return undefined;
    if (path === '/events')
      return res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: x\n\n');
    if (path === '/large') return res.writeHead(200).end(Buffer.alloc(8 * 1024 * 1024));
    req.resume();
    return send(res, 200, { notes: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
