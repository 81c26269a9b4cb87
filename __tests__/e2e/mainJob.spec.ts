import { expect, logIn, sendBurst, test } from './fixtures.ts';

test('fifty requests after the expiry are all answered, at the cost of one refresh', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  await page.goto(`${app.url}/lab`);
  await page.getByRole('button', { name: 'Expire the access token' }).click();
  expect(await sendBurst(page, app, 50)).toBe('50 succeeded, 0 failed, 1 refreshes');
  expect(app.upstream.stats().refreshCalls).toBe(1);
});

test('two tabs whose tokens expire together cost one refresh', async ({ context, app }) => {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await logIn(one, app);
  await one.goto(`${app.url}/lab`);
  await two.goto(`${app.url}/lab`);
  app.upstream.expireAccessTokens();
  const summaries = await Promise.all([sendBurst(one, app, 20), sendBurst(two, app, 20)]);
  for (const summary of summaries) expect(summary).toContain('20 succeeded, 0 failed');
  expect(app.upstream.stats().refreshCalls).toBe(1);
});

test('a refresh that answers 503 twice signs nobody out and loses no request', async ({ page, app }) => {
  await logIn(page, app);
  await page.goto(`${app.url}/lab`);
  app.upstream.setOptions({ faults: { refresh: [{ kind: 'status503', times: 2 }] } });
  app.upstream.expireAccessTokens();
  expect(await sendBurst(page, app, 20)).toContain('20 succeeded, 0 failed');
  await page.goto(`${app.url}/session`);
  await expect(page.getByRole('button', { name: 'Refresh now' })).toBeVisible();
});

test('an anonymous visitor is sent to the login page and back to where they wanted to go', async ({
  page,
  app,
}) => {
  await page.goto(`${app.url}/session`);
  await expect(page).toHaveURL(/\/login\?returnTo=%2Fsession$/);
  await page.getByLabel('Username').fill('grace');
  await page.getByLabel('Password').fill('hopper');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(`${app.url}/session`);
  await expect(page.getByText('Grace Hopper').first()).toBeVisible();
});

test('the name of a signed-in person is in the first byte of a guarded page', async ({ page, app }) => {
  await logIn(page, app);
  const html = await (await page.request.get(`${app.url}/notes`)).text();
  expect(html).toContain('Ada Lovelace');
});
