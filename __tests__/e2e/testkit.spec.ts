import { expect, test as base, type BrowserContext } from '@playwright/test';
import { resealFixtures, signedInAs, startIssuer, startUpstream } from '../../testkit/index.ts';
import type { ResealFixtures, TestUpstream } from '../../testkit/index.ts';
import { startNext } from '../../testing/nextServer.ts';

interface Place {
  readonly upstream: TestUpstream;
  readonly url: string;
}

const { signedInAs: signIn } = resealFixtures();

/** A built app before the kit's backend, in each mode. */
const modes = [
  ['password', startUpstream],
  ['OIDC', startIssuer],
] as const;

for (const [mode, start] of modes) {
  const test = base.extend<ResealFixtures, { place: Place }>({
    signedInAs: signIn,
    baseURL: async ({ place }, use) => use(place.url),
    place: [
      // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from the pattern
      async ({}, use) => {
        const upstream = await start();
        const app = await startNext(upstream.env);
        await use({ upstream, url: app.url });
        await app.stop();
        await upstream.close();
      },
      { scope: 'worker', timeout: 60_000 },
    ],
  });

  test(`in ${mode} mode the page of a fixture's session is served at once, and refreshes for one expiry once`, async ({
    page,
    place: { upstream },
    signedInAs: logIn,
  }) => {
    upstream.reset();
    const { user, fetch } = await logIn('ada');
    expect(user.name).toBe('Ada Lovelace');
    await page.goto('/session');
    await expect(page.getByText('Ada Lovelace').first()).toBeVisible();
    upstream.expireAccessTokens('ada');
    await page.goto('/notes');
    await page.getByLabel('New note').fill('written over an expired token');
    await page.getByRole('button', { name: 'Add' }).click();
    await expect(page.getByText('written over an expired token', { exact: true })).toBeVisible();
    expect(upstream.stats()).toMatchObject({ refreshesGranted: 1, maxPresentations: 1, reuseDetections: 0 });
    // The cookies of the fixture and of the page are the same ones.
    const { session } = (await (await fetch('/api/user')).json()) as { session: { version: number } };
    expect(session.version).toBe(2);
  });

  test(`in ${mode} mode two contexts are two users, and a revoked one reads that its session has ended`, async ({
    browser,
    place: { upstream, url },
  }) => {
    const open = async (context: BrowserContext, name: string) => {
      const page = await context.newPage();
      await signedInAs(page, name, { url });
      await page.goto(`${url}/notes`);
      return page;
    };
    const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
    const [ada, grace] = await Promise.all([open(contexts[0]!, 'ada'), open(contexts[1]!, 'grace')]);
    upstream.revoke('ada');
    await Promise.all([ada.reload(), grace.reload()]);
    await expect(ada.getByText(/Your session has ended/)).toBeVisible();
    await expect(grace.getByLabel('New note')).toBeVisible();
    await Promise.all(contexts.map((context) => context.close()));
  });
}

base('the login form of the provider works for a person too', async ({ page }) => {
  const issuer = await startIssuer();
  const app = await startNext(issuer.env);
  await page.goto(`${app.url}/api/login?returnTo=/session`);
  await page.getByLabel('Username').fill('grace');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText('Wrong username or password');
  await page.getByLabel('Password').fill('hopper');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(`${app.url}/session`);
  await expect(page.getByText('Grace Hopper').first()).toBeVisible();
  await app.stop();
  await issuer.close();
});
