import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip, startExample } from '../startExample.ts';

test(
  'two people send ten requests each over an expired token, and each costs one refresh',
  { skip },
  async () => {
    await using app = await startExample(['node', 'backend.ts']);
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
