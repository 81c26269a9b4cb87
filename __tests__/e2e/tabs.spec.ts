import type { BrowserContext, Page } from '@playwright/test';
import { expect, logIn, sendBurst, test, type App } from './fixtures.ts';

async function openTabs(context: BrowserContext, app: App, count: number): Promise<Page[]> {
  const first = await context.newPage();
  await logIn(first, app);
  const others = await Promise.all(Array.from({ length: count - 1 }, () => context.newPage()));
  const tabs = [first, ...others];
  await Promise.all(tabs.map((tab) => tab.goto(`${app.url}/lab`)));
  return tabs;
}

test('eight tabs whose tokens expire together cost one refresh', async ({ context, app }) => {
  const tabs = await openTabs(context, app, 8);
  app.upstream.expireAccessTokens();
  const summaries = await Promise.all(tabs.map((tab) => sendBurst(tab, app, 10)));
  for (const summary of summaries) expect(summary).toContain('10 succeeded, 0 failed');
  expect(app.upstream.stats().refreshCalls).toBe(1);
  expect(app.upstream.stats().maxPresentations).toBe(1);
});

test('a logout in one tab signs the others out, hidden ones too', async ({ context, app }) => {
  const [one, two] = await openTabs(context, app, 2);
  await one!.bringToFront();
  await one!.goto(`${app.url}/session`);
  await one!.getByRole('button', { name: 'Log out', exact: true }).click();
  await one!.waitForURL(/\/login/);
  await expect(
    two!
      .getByRole('alert')
      .filter({ hasText: /logged out|log in/i })
      .first(),
  ).toBeVisible();
});

test('after a switch of person in one tab, the other never acts for the second one unknowingly', async ({
  context,
  app,
}) => {
  const [one, two] = await openTabs(context, app, 2);
  await one!.goto(`${app.url}/session`);
  await one!.getByRole('button', { name: 'Log out', exact: true }).click();
  await one!.waitForURL(/\/login/);
  await logIn(one!, app, 'grace', 'hopper');
  const bodies: string[] = [];
  two!.on('request', (request) => {
    if (request.url().includes('/api/upstream/')) bodies.push(request.headers()['x-reseal'] ?? '');
  });
  await two!.bringToFront();
  await two!.goto(`${app.url}/notes`);
  await expect(two!.getByText('Grace Hopper').first()).toBeVisible();
  await expect(two!.getByText('Ada Lovelace')).toHaveCount(0);
});

test('a page brought back by the back button after a logout shows nothing of the person', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  await page.getByLabel('New note').fill('a private thought');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.getByText('a private thought').first()).toBeVisible();
  await page.goto(`${app.url}/session`);
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.waitForURL(/\/login/);
  await page.goBack();
  await expect(page.getByText('a private thought')).toHaveCount(0);
});

test('a tab that was offline over the expiry goes on by itself once it is online', async ({
  context,
  page,
  app,
}) => {
  await logIn(page, app);
  await page.goto(`${app.url}/lab`);
  await context.setOffline(true);
  app.upstream.expireAccessTokens();
  expect(await sendBurst(page, app, 3)).toContain('0 succeeded, 3 failed');
  await context.setOffline(false);
  await expect(async () => {
    expect(await sendBurst(page, app, 3)).toContain('3 succeeded, 0 failed');
  }).toPass();
  await page.goto(`${app.url}/session`);
  await expect(page.getByText('Ada Lovelace').first()).toBeVisible();
});
