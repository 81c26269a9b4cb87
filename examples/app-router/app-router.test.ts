import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expect } from '@playwright/test';
import { skip, startExample } from '../startExample.ts';

test(
  'two people send ten requests each over an expired token, and each costs one refresh',
  { skip },
  async () => {
    await using app = await startExample(['next', 'start']);
    const people = [await app.logIn('ada', 'lovelace'), await app.logIn('grace', 'hopper')];

    for (const life of [1, 2, 3]) {
      app.upstream.expireAccessTokens();
      await Promise.all(people.map((person) => person.sendTen()));
      assert.equal(app.upstream.stats().refreshCalls, 2 * life);
    }
    await Promise.all(people.map((person) => person.reload()));
    assert.equal(app.upstream.stats().familiesRevoked, 0);

    await people[0]?.logOut();
    await people[1]?.sendTen();
    assert.equal(app.upstream.stats().revocations, 1);
  },
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
