import type { Page } from '@playwright/test';
import { expect, logIn, test } from './fixtures.ts';

/** Collects what the policy refused, from before the first script of each page. */
async function watchPolicy(page: Page): Promise<string[]> {
  const refused: string[] = [];
  await page.exposeFunction('reportRefused', (what: string) => refused.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
      const { reportRefused } = window as unknown as { reportRefused(what: string): void };
      reportRefused(`${location.pathname}: ${effectiveDirective} ${blockedURI} ${sample}`);
    });
  });
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) refused.push(message.text());
  });
  return refused;
}

test('every page works under the policy without one refusal', async ({ page, app }) => {
  const refused = await watchPolicy(page);
  const nonces = new Set<string | undefined>();
  await page.goto(app.url);
  // Typing and clicking work only once the page is hydrated.
  await logIn(page, app);
  for (const path of ['/notes', '/session', '/lab', '/nowhere']) {
    const response = await page.goto(`${app.url}${path}`);
    const headers = response?.headers() ?? {};
    const script = /script-src ([^;]*)/.exec(headers['content-security-policy'] ?? '')?.[1];
    expect(script).toMatch(/^'self' 'nonce-[\w+/]{22}=='$/);
    nonces.add(script);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(headers['x-powered-by']).toBeUndefined();
    const withoutNonce = await page.evaluate(
      () =>
        [...document.scripts].filter(({ src, type, nonce }) => !src && !type.endsWith('json') && !nonce)
          .length,
    );
    expect([path, withoutNonce]).toEqual([path, 0]);
  }
  await page.goto(`${app.url}/lab`);
  await page.getByLabel('Requests').fill('5');
  await page.getByRole('button', { name: 'Send burst' }).click();
  await page
    .getByTestId('burst-summary')
    .getByText(/succeeded/)
    .waitFor();
  expect(nonces.size).toBe(4);
  expect(refused).toEqual([]);
});

test('a dialog and a toast work under the policy without one refusal', async ({ page, app }) => {
  const refused = await watchPolicy(page);
  await logIn(page, app);
  await page.getByLabel('New note').fill('To be kept');
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.getByRole('button', { name: 'Delete “To be kept”' }).click();
  await expect(page.getByRole('alertdialog', { name: 'Delete this note?' })).toBeVisible();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.locator('input[type=file][aria-label*="To be kept"]').setInputFiles({
    name: 'wax.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('wax'),
  });
  await expect(page.getByText('wax.txt is attached.')).toBeVisible();
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByText('wax.txt is attached.')).toHaveCount(0);
  expect(refused).toEqual([]);
});

test('a script that an attacker wrote into a page does not run', async ({ page, app }) => {
  const refused = await watchPolicy(page);
  await page.goto(`${app.url}/login`);
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    const image = document.createElement('img');
    image.setAttribute('onerror', 'window.ran = true');
    image.src = 'data:,';
    document.body.append(image);
    return new Promise((resolve) => setTimeout(() => resolve('ran' in window), 300));
  });
  expect(ran).toBe(false);
  await expect.poll(() => refused.length).toBeGreaterThan(0);
});

test('no page of ours can be framed, by ourselves or by others', async ({ page, app }) => {
  for (const path of ['/', '/login', '/api/user', '/api/upstream/me']) {
    await page.route('**/framing', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${app.url}${path}"></iframe>` }),
    );
    await page.goto(`${app.url.replace('localhost', '127.0.0.1')}/framing`);
    await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/);
    await page.unroute('**/framing');
  }
});

test('on https every answer asks for https for two years, and on http none does', async ({ page, app }) => {
  for (const path of ['/', '/login', '/nowhere', '/api/user', '/api/health', '/_next/nothing.js']) {
    const secure = await page.request.get(app.url + path, { headers: { 'X-Forwarded-Proto': 'https' } });
    const plain = await page.request.get(app.url + path);
    expect([path, secure.headers()['strict-transport-security']]).toEqual([path, 'max-age=63072000']);
    expect([path, plain.headers()['strict-transport-security']]).toEqual([path, undefined]);
    for (const headers of [secure.headers(), plain.headers()]) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['permissions-policy']).toContain('camera=()');
      // Where a policy says nothing of framing, as that of a problem, X-Frame-Options does.
      expect(headers['content-security-policy']).toMatch(/frame-ancestors 'none'|sandbox/);
      expect(headers['x-powered-by']).toBeUndefined();
    }
  }
});
