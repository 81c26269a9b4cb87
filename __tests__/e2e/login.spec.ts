import { mkdirSync, writeFileSync } from 'node:fs';
import { startNext } from '../../testing/nextServer.ts';
import { expect, logIn, test } from './fixtures.ts';

test('a person who was logged out from another device reads so at the login, without waiting', async ({
  page,
  app,
  browser,
}) => {
  await logIn(page, app);
  const device = await browser.newContext();
  const there = await device.newPage();
  await logIn(there, app);
  await there.goto(`${app.url}/session`);
  await there.getByRole('button', { name: 'Log out everywhere' }).click();
  await there.getByRole('alertdialog').getByRole('button', { name: 'Log out everywhere' }).click();
  await there.waitForURL(/\/login$/);
  await device.close();

  await page.getByRole('link', { name: 'Session', exact: true }).click();
  await page.waitForURL(/\/login/);
  await expect(page.getByText(/Your session has ended/)).toBeVisible();
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/session$/);
});

test('a login goes on at once, without asking the server who it was', async ({ page, app }) => {
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await logIn(page, app);
  await expect(page.getByLabel('New note')).toBeVisible();
  await page.waitForLoadState('networkidle');
  expect(asked).toContain('GET /api/upstream/notes');
  expect(asked).not.toContain('GET /api/user');
});

test('a session that ends while nothing is done says so by itself, and what was typed is there after the login', async ({
  page,
  app,
}) => {
  const short = await startNext({ UPSTREAM_URL: app.upstream.url, SESSION_MAX_SECONDS: '5' });
  const briefly = { ...app, url: short.url };
  await logIn(page, briefly);
  await page.getByLabel('New note').fill('Half a thought');
  await page.getByRole('link', { name: 'Log in again' }).click({ timeout: 15_000 });
  await expect(page.getByText(/Your session has ended/)).toBeVisible();
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
  await expect(page.getByLabel('New note')).toHaveValue('Half a thought');
  await short.stop();
});

test('a browser that refuses cookies shows that no session is kept without them', async ({
  playwright,
  app,
}, testInfo) => {
  const profile = testInfo.outputPath('profile');
  mkdirSync(`${profile}/Default`, { recursive: true });
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(`${profile}/Default/Preferences`, JSON.stringify(blocked));
  const { launchOptions = {} } = testInfo.project.use;
  const context = await playwright.chromium.launchPersistentContext(profile, launchOptions);
  const page = await context.newPage();
  await page.goto(`${app.url}/login`);
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText(/Allow cookies for this site/)).toBeVisible();
  await expect(page.getByLabel('Username')).toBeVisible();
  await context.close();
});

test('a form that was filled in before its script arrived is not submitted without a handler, and works once it is there', async ({
  page,
  app,
}) => {
  const held: (() => void)[] = [];
  let isHolding = true;
  await page.route('**/_next/static/**/*.js', (route) => {
    const go = () => void route.continue();
    if (isHolding) held.push(go);
    else go();
  });
  await page.goto(`${app.url}/login`, { waitUntil: 'commit' });
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  const sent: string[] = [];
  page.on('request', (request) => void sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.getByLabel('Password').press('Enter');
  await expect(page.getByRole('button', { name: 'Log in' })).toBeDisabled();
  isHolding = false;
  held.forEach((go) => go());
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
  expect(sent).not.toContain('POST /login');
});

for (const { language, path, sentence } of [
  { language: 'English', path: '/login', sentence: /needs JavaScript/ },
  { language: 'Korean', path: '/ko/login', sentence: /JavaScript가 있어야/ },
])
  test(`a page says that it needs scripts where there are none: ${language}`, async ({ browser, app }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(app.url + path);
    await expect(page.getByText(sentence)).toBeVisible();
    await expect(page.locator('button[type=submit]')).toBeDisabled();
    await context.close();
  });
