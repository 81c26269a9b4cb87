import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, logIn, test } from './fixtures.ts';

const CHUNKS = '.next/static/chunks';

/** The script that holds axios and the engine: what a first call needs. */
const client = () => {
  const found = readdirSync(CHUNKS).filter((file) =>
    readFileSync(`${CHUNKS}/${file}`, 'utf8').includes('maxContentLength size of'),
  );
  expect(found).toHaveLength(1);
  return found[0] ?? '';
};

/** Counts how often a page asks for a script. */
function requestsFor(page: Page, script: string): () => number {
  let count = 0;
  page.on('request', (request) => {
    if (request.url().includes(script)) count += 1;
  });
  return () => count;
}

test('the home page and the login page make no call and load no client; the login page loads it while a person types', async ({
  page,
  app,
}) => {
  const loads = requestsFor(page, client());
  for (const path of ['/', '/login']) {
    await page.goto(app.url + path);
    await page.waitForLoadState('networkidle');
    expect(loads()).toBe(0);
  }
  await page.getByLabel('Username').pressSequentially('a');
  await expect.poll(loads).toBe(1);
});

test('a page of a person who is signed in loads the client once, without being asked for a call', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  const loads = requestsFor(page, client());
  await page.goto(app.url);
  await expect.poll(loads).toBe(1);
});

test('a login whose client could not be loaded says that the network failed, and the next try works', async ({
  page,
  app,
}) => {
  await page.goto(`${app.url}/login`);
  await page.route(`**/${client()}`, (route) => route.abort());
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill('lovelace');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText(/No connection\. Check your network/)).toBeVisible();
  await page.unroute(`**/${client()}`);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
});

test('a home page without a session notices a login in another tab, although it has loaded no client', async ({
  page,
  app,
  context,
}) => {
  const loads = requestsFor(page, client());
  await page.goto(app.url);
  await page.waitForLoadState('networkidle');
  expect(loads()).toBe(0);
  const other = await context.newPage();
  await logIn(other, app);
  await expect(page.getByRole('banner').getByText('Ada Lovelace')).toBeVisible();
  expect(loads()).toBe(1);
});
