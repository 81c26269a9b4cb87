import type { BrowserContext, Page } from '@playwright/test';
import { expect, sendBurst, type App } from './fixtures.ts';
import { signInThere, testWithProvider, type Place } from './provider.ts';

const test = testWithProvider();

const providerLink = (page: Page) => page.getByRole('link', { name: 'Log in with your provider' });

async function logIn(page: Page, { url }: Place, name = 'ada', returnTo = '/notes'): Promise<void> {
  await page.goto(`${url}/login?returnTo=${encodeURIComponent(returnTo)}`);
  await providerLink(page).click();
  await signInThere(page, name);
  await page.waitForURL(`${url}${returnTo}`);
}

/** Asks until the access token is dead, as the API behind sees it. */
async function untilExpired(page: Page, { url }: Place): Promise<void> {
  const headers = { 'X-Reseal': '1' };
  await expect
    .poll(async () => (await page.request.get(`${url}/api/upstream/me`, { headers })).status(), {
      timeout: 15_000,
    })
    .toBe(401);
}

const cookieNames = async (context: BrowserContext, { url }: Place) =>
  (await context.cookies(url)).map(({ name }) => name).sort();

test('log in, expire, refresh: the person stays, and reads their name in the first byte', async ({
  page,
  place,
}) => {
  await page.goto(`${place.url}/session`);
  await expect(page).toHaveURL(/\/login\?returnTo=%2Fsession$/);
  await providerLink(page).click();
  await signInThere(page, 'ada');
  // Strict cookies, and yet the guarded page after the way back is shown at once.
  await expect(page).toHaveURL(`${place.url}/session`);
  await expect(page.getByText('ada of the provider').first()).toBeVisible();
  expect(await cookieNames(page.context(), place)).toEqual(['reseal.0', 'reseal.1', 'reseal_hint']);
  const strict = (await page.context().cookies(place.url)).map(({ sameSite, httpOnly }) => [
    sameSite,
    httpOnly,
  ]);
  expect(strict.sort()).toEqual([['Strict', false], ['Strict', true], ['Strict', true]]); // prettier-ignore

  const before = (await place.provider.counts())['/token'] ?? 0;
  // A page of the app would refresh ahead of time.
  await page.goto('about:blank');
  await untilExpired(page, place);
  expect(await sendBurst(page, place as unknown as App, 20)).toContain('20 succeeded, 0 failed');
  expect(((await place.provider.counts())['/token'] ?? 0) - before).toBeLessThanOrEqual(2);
  expect((await place.provider.counts())['grant.error']).toBeUndefined();
});

test('log out, log in as another: nothing of the first is left', async ({ page, place }) => {
  await logIn(page, place, 'ada', '/session');
  const adas = await page.context().cookies(place.url);
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  // Our session is over; the provider is asked to end its own.
  await page.waitForURL((url) => url.origin !== place.url);
  await page.context().clearCookies({ domain: '127.0.0.1' });
  await logIn(page, place, 'grace', '/session');
  await expect(page.getByText('grace of the provider').first()).toBeVisible();
  await expect(page.getByText('ada of the provider')).toHaveCount(0);
  const cookie = adas.map(({ name, value }) => `${name}=${value}`).join('; ');
  const old = await fetch(`${place.url}/api/user`, { headers: { cookie, 'X-Reseal': '1' } });
  expect(old.headers.get('x-reseal-reason')).toBe('session_ended');
});

test('denied consent comes back to the login page with the reason and the way on', async ({
  page,
  place,
}) => {
  await page.goto(`${place.url}/login?returnTo=/session`);
  await providerLink(page).click();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page).toHaveURL(`${place.url}/login?problem=login_denied&returnTo=%2Fsession`);
  await providerLink(page).click();
  await signInThere(page, 'ada');
  await expect(page).toHaveURL(`${place.url}/session`);
});

test('an old callback leads on to the session that it once made', async ({ page, place }) => {
  let callback = '';
  page.on('request', (request) => {
    if (request.url().includes('/api/callback?') && !request.url().includes('reseal_hop'))
      callback = request.url();
  });
  await logIn(page, place);
  await page.goto(callback);
  // The login page finds that there is a session, and goes on.
  await expect(page).toHaveURL(`${place.url}/notes`);
  await page.context().clearCookies();
  await page.goto(callback);
  await expect(page).toHaveURL(`${place.url}/login?problem=login_expired`);
  await expect(providerLink(page)).toBeVisible();
});

test('a double-clicked login works', async ({ page, place }) => {
  await page.goto(`${place.url}/login?returnTo=/session`);
  await providerLink(page).dblclick({ noWaitAfter: true });
  await signInThere(page, 'ada');
  await expect(page).toHaveURL(`${place.url}/session`);
});

test('thirty abandoned logins keep the Cookie header under 8 KB', async ({ page, place }) => {
  await logIn(page, place);
  for (let time = 0; time < 30; time += 1) {
    await page.goto(`${place.url}/api/login?returnTo=/notes`);
    await page.waitForURL(/127\.0\.0\.1/);
  }
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.url() === `${place.url}/notes`),
    page.goto(`${place.url}/notes`),
  ]);
  const bytes = ((await request.allHeaders())['cookie'] ?? '').length;
  console.log(`Cookie header after 30 abandoned logins: ${bytes} bytes`);
  expect(bytes).toBeGreaterThan(3000);
  expect(bytes).toBeLessThan(8192);
});

test('a link on another site to the login changes nothing for who is signed in', async ({ page, place }) => {
  await logIn(page, place);
  const before = await page.context().cookies(place.url);
  await page.goto(`${place.provider.url}/control/counts`);
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement('a'), { href });
    document.body.append(link);
    link.click();
  }, `${place.url}/api/login?returnTo=/session`);
  await expect(page).toHaveURL(`${place.url}/session`);
  expect(await page.context().cookies(place.url)).toEqual(before);
});

test('a back-channel logout ends exactly that session', async ({ browser, place }) => {
  const contexts = await Promise.all([browser.newContext(), browser.newContext(), browser.newContext()]);
  const [one, two, three] = await Promise.all(contexts.map((context) => context.newPage()));
  await logIn(one!, place, 'ada', '/session');
  await logIn(two!, place, 'ada', '/session');
  await logIn(three!, place, 'grace', '/session');
  // Logs out on the provider's own pages, in the first browser.
  await one!.goto(`${place.provider.url}/session/end`);
  await one!.getByRole('button', { name: /yes, sign me out/i }).click();
  await expect.poll(async () => (await place.provider.counts())['backchannel.success']).toBeGreaterThan(0);
  await one!.goto(`${place.url}/session`);
  await expect(one!).toHaveURL(/\/login\?returnTo=%2Fsession/);
  for (const page of [two!, three!]) {
    await page.reload();
    await expect(page).toHaveURL(`${place.url}/session`);
  }
  await Promise.all(contexts.map((context) => context.close()));
});
