import assert from 'node:assert/strict';
import { startExample } from './startExample.ts';

/**
 * Two people send ten requests each over an expired token, three times: each person costs one refresh, and both stay
 * logged in. Then one logs out, and the other goes on.
 *
 * The parameters are those of `startExample`.
 */
export async function twoPeople(...example: Parameters<typeof startExample>): Promise<void> {
  await using app = await startExample(...example);
  const [ada, grace] = [await app.logIn('ada', 'lovelace'), await app.logIn('grace', 'hopper')];

  for (const life of [1, 2, 3]) {
    app.upstream.expireAccessTokens();
    await Promise.all([ada.sendTen(), grace.sendTen()]);
    assert.equal(app.upstream.stats().refreshCalls, 2 * life);
  }
  await Promise.all([ada.reload(), grace.reload()]);
  const { maxPresentations, familiesRevoked } = app.upstream.stats();
  assert.deepEqual({ maxPresentations, familiesRevoked }, { maxPresentations: 1, familiesRevoked: 0 });

  await ada.logOut();
  await grace.sendTen();
  assert.equal(app.upstream.stats().revocations, 1);
}
