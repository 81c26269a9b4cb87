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

test(
  'server components, an action and a route handler each refresh an expired token once',
  { skip },
  async () => {
    await using app = await startExample(['next', 'start']);
    const { page, reload, sendTen } = await app.logIn('ada', 'lovelace');
    const refreshes = () => app.upstream.stats().refreshCalls;

    app.upstream.expireAccessTokens();
    await reload();
    await expect(page.getByText('ada@example.com')).toBeVisible();
    assert.equal(refreshes(), 1);

    app.upstream.expireAccessTokens();
    await page.getByLabel('Note').fill('written by an action');
    await page.getByRole('button', { name: 'Add' }).click();
    await expect(page.getByRole('listitem').getByText('written by an action')).toBeVisible();
    assert.equal(refreshes(), 2);

    app.upstream.expireAccessTokens();
    const download = page.waitForEvent('download');
    await page.getByText('Download').click();
    assert.equal((await download).suggestedFilename(), 'notes.txt');
    assert.equal(await (await download).failure(), null);
    assert.equal(refreshes(), 3);

    const hint = async () =>
      (await page.context().cookies()).find(({ name }) => name === 'reseal_hint')?.value;
    await reload();
    await expect.poll(hint).toMatch(/\.4$/);
    await sendTen();
    assert.equal(refreshes(), 3);
    assert.equal(app.upstream.stats().maxPresentations, 1);
  },
);
