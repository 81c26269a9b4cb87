import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '@playwright/test';
import { skip, startExample } from '../startExample.ts';
import { twoPeople } from '../twoPeople.ts';

test(
  'ten requests of a person over an expired token cost one refresh, and everyone stays logged in',
  { skip },
  () => twoPeople(['next', 'start']),
);

test('getServerSideProps refreshes an expired token once, and the page catches up', { skip }, async () => {
  await using app = await startExample(['next', 'start']);
  const { page, reload, sendTen } = await app.logIn('ada', 'lovelace');
  const hint = async () => (await page.context().cookies()).find(({ name }) => name === 'reseal_hint')?.value;

  app.upstream.expireAccessTokens();
  await reload();
  await expect(page.getByText('ada@example.com')).toBeVisible();
  await expect.poll(hint).toMatch(/\.2$/);
  await sendTen();
  assert.equal(app.upstream.stats().refreshCalls, 1);
});

test('no token is in the page, its storage or its cookies that script can read', { skip }, async () => {
  await using app = await startExample(['next', 'start']);
  const { page } = await app.logIn('ada', 'lovelace');
  const seen = await page.evaluate(() =>
    JSON.stringify([
      document.documentElement.outerHTML,
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
    ]),
  );
  assert.match(seen, /reseal_hint/);
  assert.doesNotMatch(seen, /eyJ|access_token|refresh_token/);
});
