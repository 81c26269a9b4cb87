import { expect, test } from '@playwright/test';
import { productionEnvironment, startInstance } from '../../testing/production.ts';
import { freePort } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';
import { createUpstream } from '../../upstream/createUpstream.ts';
import { listen } from '../support/listen.ts';
import { createSocketBackend } from '../support/sockets.ts';
import { engineBundle } from './browser/bundle.ts';

/** The built app before an upstream that takes sockets, beside the one for logins. */
async function startApp() {
  const backend = createSocketBackend();
  const [upstream, live, port] = await Promise.all([createUpstream(), listen(backend.server), freePort()]);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...productionEnvironment(upstream.url, url),
    UPSTREAM_LIVE_URL: live.url,
    UPSTREAM_LIVE_PATHS: '/live',
    UPSTREAM_LIVE_TOKEN: 'user',
    UPSTREAM_LIVE_WEBSOCKETS: '1',
  };
  const app = await startInstance(env, { port });
  const close = async () => {
    await app.stop();
    await Promise.all([live.close(), upstream.close()]);
  };
  return { url, backend, upstream, close };
}

test('a page’s socket goes on over the death of its token, and ends when its session is ended elsewhere', async ({
  page,
  context,
}) => {
  const { url, backend, upstream, close } = await startApp();
  // A page of the app, with its content security policy: that must let the socket through.
  await page.goto(`${url}/login`);
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
  await page.evaluate(engineBundle);
  await page.evaluate(() => {
    const seen: string[] = Object.assign(window, { seen: [] as string[] }).seen;
    const { reauth } = window.makeEngine();
    window.reconnectingSocket(reauth, {
      url: '/api/upstream/live',
      onOpen: (socket) => {
        socket.addEventListener('close', ({ code, reason }) => void seen.push(`${code} ${reason}`));
        socket.send('hello');
      },
      onMessage: ({ data }) => void seen.push(String(data)),
      onEnd: (error) => void seen.push((error as { code: string }).code),
    });
  });
  const seen = () => page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  await expect.poll(seen).toEqual(['hello']);
  const [first] = backend.handshakes;
  expect(first?.headers['sec-websocket-protocol']).toBeUndefined();

  const before = upstream.stats().refreshCalls;
  backend.decide = (authorization) => (authorization === first?.headers.authorization ? 401 : null);
  backend.sockets[0]?.close(4403, 'Forbidden');
  await expect.poll(seen).toEqual(['hello', '4403 Forbidden', 'hello']);
  expect(upstream.stats().refreshCalls - before).toBe(1);

  const cookies = await context.cookies(url);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const headers = { 'X-Reseal': '1', 'Content-Type': 'application/json', Cookie: cookie };
  expect((await fetch(`${url}/api/logout`, { method: 'POST', body: '{}', headers })).status).toBe(204);
  await expect.poll(async () => (await seen()).slice(3)).toEqual(['4401 session_ended', 'ERR_SESSION_ENDED']);
  await until(() => backend.sockets.every(({ readyState }) => readyState === 3));
  await close();
});
