import type { Browser, Page, Request, Route } from '@playwright/test';
import { aFile } from './files.ts';
import { expect, logIn, test, type App } from './fixtures.ts';

const isPatch = (request: Request) => request.method() === 'PATCH';

async function writeNote(page: Page, text: string): Promise<void> {
  await page.getByLabel('New note').fill(text);
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: text })).toBeVisible();
}

/** Kills the access token without a word to the page. */
const expire = ({ upstream }: App) => upstream.expireAccessTokens();

/** As the same person, on another device. */
async function logOutEverywhere(browser: Browser, app: App): Promise<void> {
  const device = await browser.newContext();
  const page = await device.newPage();
  await logIn(page, app, 'grace', 'hopper');
  await page.goto(`${app.url}/session`);
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Log out everywhere' }).click();
  await page.waitForURL(/\/login$/);
  await device.close();
}

test.beforeEach(async ({ page, app }) => {
  app.upstream.setOptions({ accessTtlSeconds: 600 });
  await logIn(page, app, 'grace', 'hopper');
});

test('an edit shows at once and is there to stay, though the token dies under it', async ({ page, app }) => {
  await writeNote(page, 'Find the moth');
  app.upstream.setOptions({ latencyMs: { refresh: 800 } });
  expire(app);
  await page.getByRole('button', { name: 'Edit “Find the moth”' }).click();
  await page.getByLabel('Note text').fill('Found the moth');
  const replayed = page.waitForResponse((answer) => isPatch(answer.request()) && answer.ok());
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Found the moth')).toBeVisible();
  await expect(page.getByText('Saving…')).toBeVisible();
  await replayed;
  await expect(page.getByText('Saving…')).toHaveCount(0);
  await page.reload();
  await expect(page.getByText('Found the moth')).toBeVisible();
  await expect(page.getByText('Find the moth')).toHaveCount(0);
});

test('an upload over a dead token shows how far it is, can be cancelled, and arrives when sent again', async ({
  page,
  app,
}) => {
  await writeNote(page, 'Nanoseconds');
  const wire = await page.context().newCDPSession(page);
  const throttle = (uploadThroughput: number) =>
    wire.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await wire.send('Network.enable');
  await throttle(400_000);
  await page.locator('input[type=file]').first().setInputFiles(aFile('wire.bin', 2_000_000));
  const bar = page.getByRole('progressbar', { name: 'Uploading wire.bin' });
  await expect.poll(async () => Number(await bar.getAttribute('value'))).toBeGreaterThan(10);
  await page.getByRole('button', { name: 'Cancel upload' }).click();
  await expect(page.getByText('The upload of wire.bin was cancelled.')).toBeVisible();
  await throttle(-1);
  expire(app);
  const refreshes = app.upstream.stats().refreshesGranted;
  await page.getByRole('button', { name: 'Upload again' }).click();
  await expect(page.getByRole('link', { name: /wire\.bin.*2 MB/ })).toBeVisible();
  expect(app.upstream.stats().refreshesGranted).toBe(refreshes + 1);
});

test('an ended session keeps what was typed and returns there after the login', async ({
  page,
  browser,
  app,
}) => {
  await writeNote(page, 'Compile');
  await page.getByLabel('New note').fill('Half a thought');
  await logOutEverywhere(browser, app);
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.getByRole('link', { name: 'Log in again' }).click();
  await page.waitForURL(/\/login\?returnTo=%2Fnotes$/);
  // As a login at a provider does: the page is left, and all that it held with it.
  await page.reload();
  await page.getByLabel('Username').fill('grace');
  await page.getByLabel('Password').fill('hopper');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
  await expect(page.getByLabel('New note')).toHaveValue('Half a thought');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL(/\/login$/);
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('Half a thought');
});

test('two tabs that edit one note lose nothing: the later save shows the other version', async ({
  page,
  context,
}) => {
  await writeNote(page, 'Shared thought');
  const other = await context.newPage();
  await other.goto(page.url());
  for (const tab of [page, other]) await tab.getByRole('button', { name: 'Edit “Shared thought”' }).click();
  await page.getByLabel('Note text').fill('From the first tab');
  const sent = page.waitForRequest(isPatch);
  await page.getByRole('button', { name: 'Save' }).click();
  expect((await sent).headers()['if-match']).toMatch(/^".*Z"$/);
  await expect(page.getByText('Saving…')).toHaveCount(0);
  await other.getByLabel('Note text').fill('From the second tab');
  const answered = other.waitForResponse((answer) => isPatch(answer.request()));
  await other.getByRole('button', { name: 'Save' }).click();
  expect((await answered).status()).toBe(412);
  await expect(other.getByLabel('The other version')).toHaveText('From the first tab');
  await other.getByRole('button', { name: 'Combine both' }).click();
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByText('Saving…')).toHaveCount(0);
  await page.reload();
  await expect(page.getByText('From the second tab\n\nFrom the first tab')).toBeVisible();
});

test('a page that cannot be reached leaves this one as it is, with what was typed', async ({
  page,
  context,
  app,
}) => {
  await page.getByLabel('New note').fill('Half a thought');
  await context.setOffline(true);
  await page.getByRole('link', { name: 'Session' }).click();
  await expect(page.getByText(/The next page could not be loaded/)).toBeVisible();
  await expect(page).toHaveURL(`${app.url}/notes`);
  await expect(page.getByLabel('New note')).toHaveValue('Half a thought');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page).toHaveURL(`${app.url}/session`);
  await expect(page.getByText(/The next page could not be loaded/)).toHaveCount(0);
});

test('a slow page shows that it is loading', async ({ page, app }) => {
  let arrive: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/_next/data/**', async (route) => {
    await gate;
    await route.continue();
  });
  await page.getByRole('link', { name: 'Session' }).click();
  await expect(page.getByRole('progressbar', { name: 'The page is loading' })).toBeVisible();
  arrive();
  await expect(page).toHaveURL(`${app.url}/session`);
  await expect(page.getByRole('progressbar', { name: 'The page is loading' })).toHaveCount(0);
});

test('the hash of an address survives a login', async ({ page, app }) => {
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL(/\/login$/);
  await page.goto(`${app.url}/notes#new-note`);
  await page.waitForURL(/\/login\?returnTo=%2Fnotes#new-note$/);
  await page.getByLabel('Username').fill('grace');
  await page.getByLabel('Password', { exact: true }).fill('hopper');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page).toHaveURL(`${app.url}/notes#new-note`);
});

for (const { trouble, meet } of [
  { trouble: 'cannot be fetched', meet: (route: Route) => route.abort() },
  { trouble: 'never arrives', meet: () => undefined },
]) {
  test(`where the dialog ${trouble} the browser asks, and its answer counts`, async ({ page }) => {
    await writeNote(page, 'Bad pun');
    await page.waitForLoadState('networkidle');
    await page.route('**/_next/static/**', meet);
    const questions: string[] = [];
    let answer = false;
    page.on('dialog', (question) => {
      questions.push(question.message());
      void (answer ? question.accept() : question.dismiss());
    });
    const note = page.getByRole('listitem').filter({ hasText: 'Bad pun' });
    const remove = note.getByRole('button', { name: 'Delete “Bad pun”' });
    await remove.click();
    await expect.poll(() => questions).toEqual(['Delete this note?\n\nBad pun']);
    await expect(remove).toBeFocused();
    answer = true;
    await remove.click();
    await expect(note).toHaveCount(0);
    await expect.poll(() => questions.length).toBe(2);
    await expect(page.locator('body')).not.toBeFocused();
  });
}
