import { test as base, type Page } from '@playwright/test';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { startNext } from '../../testing/nextServer.ts';

/** A production build before a real upstream, whose counts and faults the test can reach. */
export interface App {
  readonly url: string;
  readonly upstream: Upstream;
  /** Everything the app printed. */
  readonly logged: () => string;
}

export const test = base.extend<{ app: App }, { running: App }>({
  running: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from the pattern
    async ({}, use) => {
      const upstream = await createUpstream({ lab: true, accessTtlSeconds: 10 });
      const app = await startNext({ UPSTREAM_URL: upstream.url });
      await use({ url: app.url, upstream, logged: app.logged });
      await app.stop();
      await upstream.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  app: async ({ running }, use) => {
    running.upstream.reset();
    await use(running);
  },
});

export { expect } from '@playwright/test';

/** Logs in through the login page. */
export async function logIn(
  page: Page,
  { url }: App,
  username = 'ada',
  password = 'lovelace',
): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(/\/notes$/);
}

/** Sends a burst in the lab, and answers its summary. */
export async function sendBurst(page: Page, { url }: App, requests: number, path = '/me'): Promise<string> {
  if (!page.url().endsWith('/lab')) await page.goto(`${url}/lab`);
  await page.getByLabel('Path').fill(path);
  await page.getByLabel('Requests').fill(String(requests));
  await page.getByRole('button', { name: 'Send burst' }).click();
  const summary = page.getByTestId('burst-summary');
  await summary.getByText(/succeeded/).waitFor();
  return (await summary.textContent()) ?? '';
}

/** Opens an empty page of the app's origin: for the engine without the app. */
export async function openBlank(page: Page, { url }: App): Promise<void> {
  await page.route('**/blank', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await page.goto(`${url}/blank`);
}
