/** @jest-environment node */
import { fork, type ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { Browser } from '../../testing/browser.ts';
import type { Counts } from '../support/countingServers.ts';

const REQUESTS = 50;
let upstream: Upstream;
let servers: ChildProcess;
let urls: { readonly door: string; readonly bare: string };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const told = <T>() => new Promise<T>((resolve) => servers.once('message', (value) => resolve(value as T)));

beforeAll(async () => {
  upstream = await createUpstream();
  servers = fork('__tests__/support/countingServers.ts', {
    // The hosts of Jest's own options are not the child's.
    execArgv: [],
    env: {
      ...process.env,
      UPSTREAM_URL: upstream.url,
      UPSTREAM_PATHS: '/me',
      APP_URL: 'http://127.0.0.1',
      SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
      LOG_LEVEL: 'silent',
    },
  });
  urls = await told();
});
afterAll(async () => {
  servers.disconnect();
  agent.destroy();
  await upstream.close();
});

function get(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}/api/upstream/me`, { agent, headers }, (answer) =>
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0)),
    )
      .once('error', reject)
      .end();
  });
}

/** What one request made, on average of a batch on a warm connection. */
async function costOf(url: string, headers: Readonly<Record<string, string>>): Promise<Counts> {
  for (let sent = 0; sent < 10; sent += 1) expect(await get(url, headers)).toBe(200);
  const reset = told();
  servers.send('reset');
  await reset;
  for (let sent = 0; sent < REQUESTS; sent += 1) await get(url, headers);
  const counted = told<Counts>();
  servers.send('count');
  return Object.fromEntries(Object.entries(await counted).map(([type, made]) => [type, made / REQUESTS]));
}

test('a proxied GET makes 38 promises at most, one timer and one immediate more than a bare forwarder, and never reaches Next', async () => {
  const ada = new Browser(urls.door);
  await ada.login();
  const login = await fetch(`${upstream.url}/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password: 'lovelace' }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const bearer = { Authorization: `Bearer ${token}` };
  const door = await costOf(urls.door, { 'X-Reseal': '1', Cookie: ada.cookie });
  const bare = await costOf(urls.bare, bearer);
  const { PROMISE: promises = 0, pages = 0, ...rest } = door;
  expect(pages).toBe(0);
  // Measured: 35 promises, and one immediate and one timer more than the bare forwarder.
  expect(promises).toBeLessThanOrEqual(38);
  expect(Object.keys(rest).toSorted()).toEqual(['Immediate', 'TickObject', 'Timeout']);
  for (const [type, made] of Object.entries(rest))
    expect(`${type} ${Math.round(made - (bare[type] ?? 0))}`).toBe(
      `${type} ${type === 'TickObject' ? 0 : 1}`,
    );
});
