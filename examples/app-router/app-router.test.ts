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

test(
  'after a server component has refreshed, the page catches up with one request, and its own requests need no refresh',
  { skip },
  async () => {
    await using app = await startExample(['next', 'start']);
    const { page, reload, sendTen } = await app.logIn('ada', 'lovelace');
    const cookies = async () =>
      Object.fromEntries((await page.context().cookies()).map(({ name, value }) => [name, value]));
    const seen: string[] = [];
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith('/api/'))
        seen.push(`${response.request().method()} ${pathname} ${response.status()}`);
    });

    const before = await cookies();
    assert.match(before['reseal_hint'] ?? '', /\.1$/);
    app.upstream.expireAccessTokens();
    await reload();
    await expect(page.getByText('ada@example.com')).toBeVisible();
    await expect.poll(async () => (await cookies())['reseal_hint']).toMatch(/\.2$/);
    assert.notEqual((await cookies())['reseal'], before['reseal']);
    assert.deepEqual(seen, ['POST /api/user 200']);

    await sendTen();
    assert.deepEqual(seen.slice(1), Array<string>(10).fill('GET /api/upstream/notes 200'));
    const { refreshCalls, maxPresentations, reuseDetections } = app.upstream.stats();
    assert.deepEqual([refreshCalls, maxPresentations, reuseDetections], [1, 1, 0]);
  },
);
