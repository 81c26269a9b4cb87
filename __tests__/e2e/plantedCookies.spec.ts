import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type Browser, type Page } from '@playwright/test';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { startNext } from '../../testing/nextServer.ts';

/* A real https origin with a sibling: Chromium lets the sibling set cookies for both, but none with the prefix. */

let server: Server;
let target: URL;
let upstream: Upstream;
let app: Awaited<ReturnType<typeof startNext>>;
let browser: Browser;
let page: Page;
let port: number;
const urlOf = (host: string, path: string) => `https://${host}.reseal.test:${port}${path}`;

/** A key and a certificate that no one trusts; they exist for as long as this test. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'reseal-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=reseal.test', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' }); // prettier-ignore
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
}

test.beforeAll(async () => {
  server = createServer(selfSigned(), (req, res) => {
    if (!req.headers.host?.startsWith('app.'))
      return void res.setHeader('Content-Type', 'text/html').end('<!doctype html>');
    const headers = { ...req.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.7' };
    const { hostname, port: to } = target;
    const onward = httpRequest(
      { hostname, port: to, path: req.url, method: req.method, headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  upstream = await createUpstream({ accessTtlSeconds: 600 });
  app = await startNext({ UPSTREAM_URL: upstream.url, APP_URL: urlOf('app', ''), TRUSTED_PROXIES: '1' });
  target = new URL(app.url.replace('localhost', '127.0.0.1'));
  const { launchOptions = {} } = test.info().project.use;
  const args = [...(launchOptions.args ?? []), '--host-resolver-rules=MAP *.reseal.test 127.0.0.1'];
  browser = await chromium.launch({ ...launchOptions, args });
});
test.afterAll(async () => {
  await browser.close();
  await app.stop();
  await upstream.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
test.beforeEach(async () => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  page = await context.newPage();
});
test.afterEach(() => page.context().close());

async function logIn(): Promise<void> {
  await page.goto(urlOf('app', '/login'));
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
}

/** Sets cookies for the app from a page of its sibling, and answers what the app's page can see. */
async function plant(...cookies: readonly string[]): Promise<string> {
  const sibling = await page.context().newPage();
  await sibling.goto(urlOf('evil', '/'));
  for (const cookie of cookies)
    await sibling.evaluate((text) => void (document.cookie = text), `${cookie}; Domain=reseal.test`);
  await sibling.close();
  await page.reload();
  return page.evaluate(() => document.cookie);
}

async function addNote(text: string): Promise<void> {
  await page.getByLabel('New note').fill(text);
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.getByText(text).first()).toBeVisible();
}

test('a hint that a sibling subdomain plants stops no refresh, before a new login or after it', async () => {
  await logIn();
  const seen = await plant(
    'reseal_hint=planted.9; Path=/notes',
    '__Host-reseal_hint=planted.9; Path=/; Secure',
  );
  expect(seen).toContain('reseal_hint=planted.9');
  expect(seen.match(/planted/g)).toHaveLength(1);
  for (const round of [1, 2]) {
    if (round === 2) {
      await page.evaluate(() => fetch('/api/logout', { method: 'POST', headers: { 'X-Reseal': '1' } }));
      await logIn();
    }
    await page.reload();
    await addNote(`before ${round}`);
    const before = upstream.stats().refreshCalls;
    upstream.expireAccessTokens();
    await addNote(`after ${round}`);
    await expect.poll(() => upstream.stats().refreshCalls).toBe(before + 1);
    await expect(page.getByText('Ada Lovelace')).toBeVisible();
  }
});

test('a session cookie that a sibling subdomain plants is not read', async () => {
  await logIn();
  await plant(
    'reseal=planted; Path=/',
    'reseal=planted; Path=/api',
    '__Host-Http-reseal=planted; Path=/; Secure',
  );
  await page.reload();
  await addNote('still here');
  const answer = await page.evaluate(
    async () => (await fetch('/api/user', { headers: { 'X-Reseal': '1' } })).status,
  );
  expect(answer).toBe(200);
});
