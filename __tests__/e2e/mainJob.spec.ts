import { expect, logIn, sendBurst, test } from './house.ts';

test('fifty requests after the expiry are all answered, at the cost of one refresh', async ({
  page,
  house,
}) => {
  await logIn(page, house);
  await page.goto(`${house.url}/lab`);
  await page.getByRole('button', { name: 'Expire the access token' }).click();
  expect(await sendBurst(page, house, 50)).toBe('50 succeeded, 0 failed, 1 refreshes');
  expect(house.upstream.stats().refreshCalls).toBe(1);
});

test('two tabs whose tokens expire together cost one refresh', async ({ context, house }) => {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await logIn(one, house);
  await one.goto(`${house.url}/lab`);
  await two.goto(`${house.url}/lab`);
  house.upstream.expireAccessTokens();
  const summaries = await Promise.all([sendBurst(one, house, 20), sendBurst(two, house, 20)]);
  for (const summary of summaries) expect(summary).toContain('20 succeeded, 0 failed');
  expect(house.upstream.stats().refreshCalls).toBe(1);
});

test('a refresh that answers 503 twice signs nobody out and loses no request', async ({ page, house }) => {
  await logIn(page, house);
  await page.goto(`${house.url}/lab`);
  house.upstream.setOptions({ faults: { refresh: [{ kind: 'status503', times: 2 }] } });
  house.upstream.expireAccessTokens();
  expect(await sendBurst(page, house, 20)).toContain('20 succeeded, 0 failed');
  await page.goto(`${house.url}/session`);
  await expect(page.getByRole('button', { name: 'Refresh now' })).toBeVisible();
});

test('an anonymous visitor is sent to the login page and back to where they wanted to go', async ({
  page,
  house,
}) => {
  await page.goto(`${house.url}/session`);
  await expect(page).toHaveURL(/\/login\?returnTo=%2Fsession$/);
  await page.getByLabel('Username').fill('grace');
  await page.getByLabel('Password').fill('hopper');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(`${house.url}/session`);
  await expect(page.getByText('Grace Hopper').first()).toBeVisible();
});

test('the name of a signed-in person is in the first byte of a guarded page', async ({ page, house }) => {
  await logIn(page, house);
  const html = await (await page.request.get(`${house.url}/notes`)).text();
  expect(html).toContain('Ada Lovelace');
});
