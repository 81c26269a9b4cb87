import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { test as base, type Page } from '@playwright/test';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';

const nextBin = createRequire(import.meta.url).resolve('next/dist/bin/next');

/** A production build before a real upstream, whose counts and faults the test can reach. */
export interface House {
  readonly url: string;
  readonly upstream: Upstream;
  /** Everything the app printed. */
  readonly logged: () => string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error('next start stopped before it was ready');
    const answer = await fetch(`${url}/api/health?ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('next start was not ready in time');
}

/** Starts `next start` with this environment; resolves once it answers. */
export async function startNext(env: Readonly<Record<string, string>>) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const lines: string[] = [];
  const child = spawn(process.execPath, [nextBin, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      SESSION_PASSWORD: randomBytes(32).toString('base64url'),
      UPSTREAM_PATHS: '/notes,/me,/events,/echo,/lab',
      APP_URL: url,
      LAB: '1',
      LOG_LEVEL: 'debug',
      ...env,
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  await untilReady(url, child);
  return {
    url,
    logged: () => lines.join(''),
    stop: () =>
      new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

export const test = base.extend<{ house: House }, { running: House }>({
  running: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from the pattern
    async ({}, use) => {
      const upstream = await createUpstream({ lab: true, accessTtlSeconds: 10 });
      const app = await startNext({ UPSTREAM_URL: upstream.url });
      await use({ url: app.url, upstream, logged: app.logged });
      await app.stop();
      await upstream.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  house: async ({ running }, use) => {
    running.upstream.reset();
    await use(running);
  },
});

export { expect } from '@playwright/test';

/** Logs in through the login page. */
export async function logIn(
  page: Page,
  { url }: House,
  username = 'ada',
  password = 'lovelace',
): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
}

/** Sends a burst in the lab, and answers its summary. */
export async function sendBurst(page: Page, { url }: House, requests: number, path = '/me'): Promise<string> {
  if (!page.url().endsWith('/lab')) await page.goto(`${url}/lab`);
  await page.getByLabel('Path').fill(path);
  await page.getByLabel('Requests').fill(String(requests));
  await page.getByRole('button', { name: 'Send burst' }).click();
  const summary = page.getByTestId('burst-summary');
  await summary.getByText(/succeeded/).waitFor();
  return (await summary.textContent()) ?? '';
}

/** Opens an empty page of the app's origin: for the engine without the app. */
export async function openBlank(page: Page, { url }: House): Promise<void> {
  await page.route('**/blank', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await page.goto(`${url}/blank`);
}
