import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { doctor } from '../support/doctor.ts';

jest.setTimeout(60_000);

/** A backend that issues tokens as long as the username says, to the password `right`. */
let backend: Server;
const loggedOut: string[] = [];
beforeAll(async () => {
  backend = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    req.on('end', () => {
      const json = (status: number, answer: object) =>
        void res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
      const given = JSON.parse(body || '{}') as Record<string, string>;
      if (req.url === '/auth/logout') loggedOut.push(given['refresh_token']?.slice(0, 1) ?? '');
      if (req.url === '/auth/refresh' || given['password'] !== 'right')
        return json(400, { error: 'invalid_grant' });
      const bytes = Number(given['username']?.replace(/\D/g, ''));
      json(200, {
        access_token: 'a'.repeat(bytes),
        refresh_token: 'r'.repeat(200),
        expires_in: 300,
        user: { id: '1', name: 'Ada' },
      });
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  backend.closeAllConnections();
  backend.close();
});

const run = (env: Record<string, string>, args: readonly string[]) =>
  doctor({ UPSTREAM_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`, ...env }, args);

test.each([
  ['ada-500', / ok {3}login headers .*below the 4 KB/, / ok {3}request headers/],
  ['ada-2600', /WARN {2}login headers .*above 4 KB.*\n.*proxy_buffer_size 16k \(deploy/, / ok {3}request headers/],
  ['ada-4400', /WARN {2}login headers .*above 4 KB.*\n.*proxy_buffer_size/, /WARN {2}request headers .*\n.*large_client_header_buffers/],
])('the doctor logs %s in and out again, and weighs what was sent', async (login, response, request) => {
  const { code, text } = await run({ DOCTOR_PASSWORD: 'right' }, ['--login', login]);
  expect(text).toMatch(/ ok {3}login, real .*logged in, and out again/);
  expect(text).toMatch(response);
  expect(text).toMatch(request);
  expect(text).not.toContain('right');
  expect(loggedOut.at(-1)).toBe('r');
  expect(code).toBe(0);
}); // prettier-ignore

test.each([
  [{ DOCTOR_PASSWORD: 'wrong' }, /FAIL {2}login, real .*401 invalid_credentials/],
  [{ DOCTOR_PASSWORD: '' }, /FAIL {2}login, real .*no password/],
])('the doctor says why it could not log in (%j)', async (env, line) => {
  const { code, text } = await run(env, ['--login', 'ada-500']);
  expect(text).toMatch(line);
  expect(code).toBe(1);
});

test.each([
  [{}, [], / ok {3}keep-alive/],
  [{ KEEP_ALIVE_TIMEOUT_MS: '60000' }, [], /WARN {2}keep-alive .*\n.*KEEP_ALIVE_TIMEOUT_MS=65000/],
  [{}, ['--balancer-idle', '600'], /WARN {2}keep-alive .*\n.*KEEP_ALIVE_TIMEOUT_MS=605000/],
  [{ KEEP_ALIVE_TIMEOUT_MS: '620000' }, ['--balancer-idle', '600'], / ok {3}keep-alive/],
])('the doctor compares keep-alive with the balancer (%j %j)', async (env, args, line) => {
  expect((await run(env, args)).text).toMatch(line);
});
