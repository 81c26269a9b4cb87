import type { Page } from '@playwright/test';
import { oidcEnv, startProvider, type TestProvider } from '../support/testProvider.ts';
import { startNext } from '../../testing/nextServer.ts';
import { test as base } from './fixtures.ts';

/** The built app in OIDC mode, a real provider, and the API behind both. */
export interface Place {
  readonly url: string;
  readonly provider: TestProvider;
}

/* eslint-disable no-empty-pattern -- Playwright reads the names of the fixtures from the pattern */
/** Makes the `test` of a file whose tests share one provider. */
export const testWithProvider = (options: { readonly accessTtlSeconds?: number } = {}) =>
  base.extend<object, { place: Place }>({
    place: [
      async ({}, use) => {
        const provider = await startProvider();
        const app = await startNext({ UPSTREAM_URL: `${provider.url}/resource`, ...oidcEnv(provider) });
        await provider.configure({ ...options, appUrl: app.url });
        await use({ url: app.url, provider });
        await app.stop();
        await provider.stop();
      },
      { scope: 'worker', timeout: 60_000 },
    ],
  });

/** Signs in at the provider's own pages, from wherever the app has sent the browser. */
export async function signInThere(page: Page, name: string): Promise<void> {
  const field = page.getByPlaceholder('Enter any login');
  const consent = page.getByRole('button', { name: 'Continue' });
  await field.or(consent).waitFor();
  if (await field.isVisible()) {
    await field.fill(name);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
  }
  await consent.click();
}
