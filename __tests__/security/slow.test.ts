import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startAppWithUpstream, type AppWithUpstream } from '../support/app.ts';
import { Browser } from '../../testing/browser.ts';
import { requestText, RawClient } from '../server/edges/rawClient.ts';

/** 10,000 by `IDLE=10000`; what runs with every test is the same, only fewer. */
const IDLE = Number(process.env['IDLE'] ?? 500);

let app: AppWithUpstream;
let ada: Browser;

beforeAll(async () => {
  app = await startAppWithUpstream({ accessTtlSeconds: 600 });
  ada = new Browser(app.url);
  await ada.login();
});
afterAll(() => app.close());

async function answerMs(): Promise<number> {
  const startedMs = performance.now();
  for (const path of ['/api/user', '/api/upstream/me']) expect((await ada.call(path)).status).toBe(200);
  return performance.now() - startedMs;
}

test(`${IDLE} idle connections keep no one out`, async () => {
  // From a process of their own: one process may not open the files of both ends.
  const client = spawn('node', ['__tests__/security/idleClient.ts', new URL(app.url).port, String(IDLE)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const lines = createInterface(client.stdout);
  lines.on('line', (line) => said.push(line));
  await once(lines, 'line');
  const ms = await answerMs();
  console.log(`${IDLE} idle connections: two calls answered in ${ms.toFixed(0)} ms`);
  expect(said).toEqual(['open']);
  expect(ms).toBeLessThan(5000);
  client.kill();
  await once(client, 'exit');
}, 120_000);

test('two hundred bodies that never come to an end keep no one waiting, and are refused in time', async () => {
  const clients = Array.from({ length: 200 }, (_, index) => {
    const path = ['/api/login', '/api/user', '/api/logout', '/api/backchannel-logout'][index % 4];
    const type = index % 4 === 3 ? 'application/x-www-form-urlencoded' : 'application/json';
    const headers = ['X-Reseal: 1', `Content-Type: ${type}`, 'Content-Length: 1000', `Cookie: ${ada.cookie}`];
    return new RawClient(app.url).send(requestText(`POST ${path}`, headers, '{'));
  });
  expect(await answerMs()).toBeLessThan(5000);
  const answers = await Promise.all(clients.map((client) => client.all()));
  const statuses = new Set(answers.map((answer) => answer.slice(9, 12)));
  // The back-channel route is not there in password mode.
  expect([...statuses].sort()).toEqual(['400', '404']);
  expect((await ada.whoAmI()).status).toBe(200);
}, 60_000);

test('a head without end is refused, and so is one of a hundred kilobytes', async () => {
  const client = new RawClient(app.url).send(
    `GET /api/user HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
  );
  expect((await client.all()).slice(9, 12)).toBe('431');
});
