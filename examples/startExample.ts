import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, expect, type Browser, type Page } from '@playwright/test';
import { startUpstream } from 'reseal/testing';

const found = spawnSync('sh', [
  '-c',
  'command -v chromium || command -v chromium-browser || command -v google-chrome',
]);
const executablePath = found.stdout.toString().trim();

/** Why the tests cannot run here, or `false`. */
export const skip = executablePath === '' && 'there is no chromium';

/**
 * Starts the built server of an example in a process of its own, before an issuer that rotates refresh tokens and
 * revokes the session of one that is used twice.
 *
 * @param command what `npm start` runs
 * @param variables what the server's environment has besides; `undefined` leaves out what it would have
 * @throws {Error} with the server's output if it does not answer within 30 s
 */
export async function startExample(command: readonly string[], variables: NodeJS.Dict<string> = {}) {
  const upstream = await startUpstream();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = await startServer(command, url, {
    ...process.env,
    ...upstream.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    PORT: `${port}`,
    APP_URL: url,
    SESSION_PASSWORD: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'warn',
    ...variables,
  }).catch(async (error: unknown) => {
    // An upstream that listens keeps the test's process alive.
    await upstream.close();
    throw error;
  });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  return {
    url,
    upstream,
    /** Opens a browser of its own for a person, and logs in through the form. */
    logIn: (username: string, password: string) => logIn(browser, url, { username, password }),
    async [Symbol.asyncDispose]() {
      await browser.close();
      const isOver = server.exitCode === null && server.signalCode === null && once(server, 'exit');
      server.kill();
      await isOver;
      await upstream.close();
    },
  };
}

/** The heading alone: Next.js repeats it for screen readers. */
const loggedIn = (page: Page) => page.getByRole('heading', { name: 'Logged in as' });

/** A person before the page of an example. */
export type Person = Awaited<ReturnType<typeof logIn>>;

async function logIn(
  browser: Browser,
  url: string,
  credentials: Readonly<Record<'username' | 'password', string>>,
) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('Username').fill(credentials.username);
  await page.getByLabel('Password').fill(credentials.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await loggedIn(page).waitFor();
  return {
    page,
    /** Sends ten requests at once, and expects ten answers. */
    async sendTen() {
      await page.getByRole('button', { name: 'Send 10' }).click();
      await expect(page.getByRole('status')).toHaveText('10 of 10 answered');
    },
    /** Loads the page anew, and expects the same person. */
    async reload() {
      await page.reload();
      await loggedIn(page).waitFor();
    },
    /** Logs out, and expects the login form, which a reload shows too. */
    async logOut() {
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByRole('button', { name: 'Log in' }).waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Log in' }).waitFor();
    },
  };
}

async function startServer(
  command: readonly string[],
  url: string,
  env: NodeJS.Dict<string>,
): Promise<ChildProcess> {
  const [file = '', ...args] = command;
  const server = spawn(file, args, { env: env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk));
  for (let tries = 0; tries < 600 && server.exitCode === null; tries += 1) {
    if ((await fetch(url).catch(() => null))?.ok) return server;
    await pause(50);
  }
  server.kill();
  throw new Error(`The server did not start:\n${Buffer.concat(output).toString()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
