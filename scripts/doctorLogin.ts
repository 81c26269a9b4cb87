import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeListener } from '../server/adapters/node.ts';
import { composeServer } from '../server/composeServer.ts';
import { createApiHeaders } from '../server/http/securityHeaders.ts';
import { createHttpServer } from '../server/ops/httpServer.ts';
import { createLog } from '../server/ops/log.ts';
import type { Settings } from '../server/settings/fromEnv.ts';
import { requestHeader, responseHeaders, type Finding } from './doctorChecks.ts';

/** A person of the backend who may be logged in and out. */
export interface Account {
  readonly username: string;
  /** `null` where `DOCTOR_PASSWORD` is not set. */
  readonly password: string | null;
}

/**
 * Logs a real person in, as `npm start` would, and out again, and weighs the headers as they were sent.
 *
 * The server is this process, with sessions in memory: what a running server remembers is left alone.
 */
export async function checkLogin(settings: Settings, { username, password }: Account): Promise<Finding[]> {
  const check = 'login, real';
  if (settings.oidc) {
    const todo = 'log in once, save the answer of the token endpoint, and give its file: --token-response';
    return [{ check, state: 'note', what: 'the provider asks people on its own pages', todo }];
  }
  if (password === null)
    return [{ check, state: 'fail', what: 'no password', todo: 'set DOCTOR_PASSWORD for --login' }];
  const memory: Settings = { ...settings, store: { kind: 'memory' } };
  const reseal = composeServer(memory, { log: createLog('silent') });
  const server = createHttpServer(nodeListener(reseal.handle, createApiHeaders(settings.hsts)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const call = (path: string, body: object, cookie: string) =>
    post({ port, host: settings.appUrl.host, path: settings.basePath + path, cookie }, body);
  try {
    const answer = await call('/api/login', { username, password }, '');
    const reason = String(answer.headers['x-reseal-reason'] ?? '');
    if (answer.statusCode !== 200) {
      const todo = 'correct what the lines above say; then the name and the password';
      return [{ check, state: 'fail', what: `answers ${answer.statusCode} ${reason}`, todo }];
    }
    const cookies = answer.headers['set-cookie'] ?? [];
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ');
    await call('/api/logout', {}, cookie);
    await reseal.coordinator.idle();
    return [
      { check, state: 'ok', what: `logged in, and out again; ${cookies.length} cookies` },
      responseHeaders(headBytes(answer)),
      requestHeader(`Cookie: ${cookie}\r\n`.length),
    ];
  } finally {
    server.closeAllConnections();
    server.close();
    await reseal.close();
  }
}

interface Target {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly cookie: string;
}

/** Posts JSON as the browser would; `fetch` does not show header bytes as they came. */
function post({ port, host, path, cookie }: Target, body: object): Promise<IncomingMessage> {
  const headers = {
    Host: host,
    'X-Reseal': '1',
    'X-Forwarded-Proto': 'https',
    'Content-Type': 'application/json',
    ...(cookie === '' ? {} : { Cookie: cookie }),
  };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }, (answer) => {
      answer.resume().once('end', () => resolve(answer));
    })
      .once('error', reject)
      .end(JSON.stringify(body));
  });
}

/** Bytes of a status line and its headers, as they came. */
function headBytes({ httpVersion, statusCode, statusMessage, rawHeaders }: IncomingMessage): number {
  const line = `HTTP/${httpVersion} ${statusCode} ${statusMessage}\r\n`.length;
  // A name and a value in turn: `: ` behind the one, a line end behind the other.
  return rawHeaders.reduce((sum, part) => sum + part.length + 2, line + 2);
}
