import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip, startExample } from '../startExample.ts';
import { twoPeople } from '../twoPeople.ts';

test(
  'ten requests of a person over an expired token cost one refresh, and everyone stays logged in',
  { skip },
  () => twoPeople(['node', 'server.ts']),
);

test("a route of the app's own knows who calls", { skip }, async () => {
  await using app = await startExample(['node', 'server.ts']);
  const { page } = await app.logIn('ada', 'lovelace');
  assert.equal(
    await page.evaluate(() => fetch('/greeting').then((answer) => answer.text())),
    'Hello Ada Lovelace',
  );
  assert.equal(await (await fetch(`${app.url}/greeting`)).text(), 'Hello');
});
