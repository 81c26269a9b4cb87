/** @jest-environment node */
import type { SessionStore } from '../../../server/store/contracts.ts';
import { memoryStore } from '../../../server/store/tableStore.ts';
import { systemClock } from '../../../server/clock.ts';
import { Browser, infoOf } from '../../../testing/browser.ts';
import { startApp } from '../../support/app.ts';
import { resourceApp, startResourceBackend } from '../../support/resourceBackend.ts';

/** How large cookies and record are with so many resources, all tokens as long as a JWT of 1 kB. */
async function sizesWith(count: number): Promise<{ resources: number; cookies: number; box: number }> {
  const names = Array.from({ length: count }, (_, at) => `r${at + 1}`);
  const backend = await startResourceBackend({ bytes: 1000 });
  const boxes: number[] = [];
  const inner = memoryStore(systemClock);
  const store: SessionStore = {
    ...inner,
    commit: (id, next, ttlMs) => {
      boxes.push(next.box.length);
      return inner.commit(id, next, ttlMs);
    },
  };
  const app = await startApp(backend.url, resourceApp(backend, names, { parts: { store } }));
  const ada = new Browser(app.url);
  await ada.login();
  for (const name of names) expect((await ada.call(`/api/upstream/${name}/1`)).status).toBe(200);
  await infoOf(await ada.refresh());
  await app.close();
  await backend.close();
  return { resources: count, cookies: ada.cookie.length, box: boxes.at(-1) ?? 0 };
}

test('the cookies grow by a key for each resource, and the record by its token', async () => {
  const sizes = [];
  for (const count of [0, 1, 3, 8]) sizes.push(await sizesWith(count));
  if (process.env['FIGURES']) console.log(sizes);
  const [none, one, three, eight] = sizes.map(({ cookies }) => cookies);
  expect(none).toBeLessThan(2000);
  // 11 letters of JSON for each, and the padding of the cipher.
  for (const [cookies, count] of [[one, 1], [three, 3], [eight, 8]] as const)
    expect((cookies ?? 0) - (none ?? 0)).toBeLessThanOrEqual(60 + 16 * count); // prettier-ignore
  for (const { resources, box } of sizes) expect(box).toBeLessThanOrEqual(1700 + 1600 * resources);
});
