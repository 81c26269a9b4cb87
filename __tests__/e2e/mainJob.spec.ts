import { lab as ko } from '../../components/messages/ko/lab.ts';
import { expect, logIn, sendBurst, test } from './fixtures.ts';

test('fifty requests after the expiry are all answered, at the cost of one refresh', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  await page.goto(`${app.url}/lab`);
  await page.getByRole('button', { name: 'Expire the access token' }).click();
  expect(await sendBurst(page, app, 50)).toBe('50 succeeded, 0 failed, 1 refresh');
  expect(app.upstream.stats().refreshCalls).toBe(1);
});

test('the first burst of the demo shows its story: at least 40 of 50 rows meet a 401, and all are answered', async ({
  page,
  app,
}) => {
  // As scripts/app.ts starts the sample backend of the demo.
  app.upstream.setOptions({ latencyMs: { refresh: 400, api: 40 } });
  await logIn(page, app);
  await page.getByRole('link', { name: 'Lab' }).click();
  await page.getByRole('button', { name: 'Expire and send 50' }).click();
  await expect(page.getByTestId('burst-summary')).toHaveText('50 succeeded, 0 failed, 1 refresh');
  const rows = page.getByRole('listbox', { name: 'Timeline rows' }).getByRole('option');
  await expect(rows).toHaveCount(50);
  const met = await rows.evaluateAll(
    (all) => all.filter((row) => /→ 401 .*→ replayed .*→ answered/.test(row.ariaLabel ?? '')).length,
  );
  expect(met).toBeGreaterThanOrEqual(40);
  await expect(page.getByTestId('naive-lane')).toContainText('session lost');
});

test('the lab recovers from an outage that it started, with an expired token and after a reload', async ({
  page,
  app,
}) => {
  await logIn(page, app);
  await page.goto(`${app.url}/lab`);
  await page.getByLabel('Fault of refreshes').selectOption('status503');
  await page.getByLabel('How often').first().fill('');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Outage on.')).toBeVisible();
  app.upstream.expireAccessTokens();
  await page.reload();
  await expect(page.getByText('Outage on.')).toBeVisible();
  await page.getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByText('Outage on.')).toHaveCount(0);
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByText('The sample backend is back to its initial settings.')).toBeVisible();
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

test('the preset “Two tabs” sends from a second tab of the same language, and both bursts cost one refresh', async ({
  context,
  page,
  app,
}) => {
  await logIn(page, app);
  await page.goto(`${app.url}/ko/lab`);
  const opened = context.waitForEvent('page');
  await page.getByRole('button', { name: ko.presets.tabs.name }).click();
  const second = await opened;
  for (const tab of [page, second])
    await expect(tab.getByTestId('burst-summary')).toContainText('50건 성공, 0건 실패');
  expect(new URL(second.url()).pathname).toBe('/ko/lab');
  expect(app.upstream.stats().refreshCalls).toBe(1);
  // One picture: the first tab draws the requests of both.
  const rows = page.getByRole('listbox').getByRole('option');
  await expect(rows).toHaveCount(100);
});

test('a refresh that answers 503 twice ends no session and loses no request', async ({ page, app }) => {
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
