import type { BrowserContext } from '@playwright/test';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { startNext } from '../../testing/nextServer.ts';
import { expect, logIn, sendBurst, test, type App } from './fixtures.ts';

/* Cookies do not know ports: two apps on one host see all of each other's. */

let upstreams: readonly Upstream[];
let apps: readonly App[];
let stop: () => Promise<unknown>;

test.beforeAll(async () => {
  upstreams = await Promise.all([1, 2].map(() => createUpstream({ lab: true, accessTtlSeconds: 600 })));
  const started = await Promise.all(
    upstreams.map((upstream, at) =>
      startNext({ UPSTREAM_URL: upstream.url, ...(at === 0 ? {} : { COOKIE_NAME: 'crm' }) }),
    ),
  );
  apps = started.map((app, at) => ({ ...app, upstream: upstreams[at]! }));
  stop = () => Promise.all([...started.map((app) => app.stop()), ...upstreams.map((one) => one.close())]);
});
test.afterAll(() => stop());

const namesIn = async (context: BrowserContext) =>
  (await context.cookies()).map(({ name }) => name).toSorted();

test('two apps on one host, one of them with a cookie name of its own, refresh and log out independently', async ({
  context,
}) => {
  const [shop, crm] = apps as [App, App];
  const [inShop, inCrm] = [await context.newPage(), await context.newPage()];
  await logIn(inShop, shop, 'ada', 'lovelace');
  await logIn(inCrm, crm, 'grace', 'hopper');
  expect(await namesIn(context)).toEqual(['crm', 'crm_hint', 'reseal', 'reseal_hint']);

  // Each app's page refreshes for itself, and the other app notices nothing.
  for (const [page, app] of [[inShop, shop], [inCrm, crm]] as const) {
    app.upstream.expireAccessTokens();
    expect(await sendBurst(page, app, 10)).toContain('10 succeeded, 0 failed');
    expect(app.upstream.stats().refreshCalls).toBe(1);
  } // prettier-ignore

  await inShop.goto(`${shop.url}/session`);
  await inShop.getByRole('button', { name: 'Log out', exact: true }).click();
  await inShop.waitForURL(/\/login/);
  expect(await namesIn(context)).toEqual(['crm', 'crm_hint']);
  await inCrm.bringToFront();
  await inCrm.goto(`${crm.url}/notes`);
  await expect(inCrm.getByText('Grace Hopper')).toBeVisible();
});
