import type { Page } from '@playwright/test';
import { expect, logIn, sendBurst, test } from './fixtures.ts';

const JWT = /eyJ[\w-]{5,}\.[\w-]{5,}/;

/** The state of the page's Redux store, found where React keeps it. */
function reduxState(page: Page): Promise<string> {
  return page.evaluate(() => {
    const root = document.getElementById('__next') as unknown as Record<string, unknown>;
    const key = Object.keys(root).find((name) => name.startsWith('__reactContainer'));
    interface Fiber {
      readonly memoizedProps?: { readonly store?: { getState?(): unknown } } | null;
      readonly child: Fiber | null;
      readonly sibling: Fiber | null;
    }
    const pending = [key ? (root[key] as Fiber | null) : null];
    for (let fiber = pending.pop(); fiber !== undefined; fiber = pending.pop()) {
      const state = fiber?.memoizedProps?.store?.getState?.();
      if (state) return JSON.stringify(state);
      if (fiber) pending.push(fiber.sibling, fiber.child);
    }
    return '';
  });
}

test('no token is in any answer, page, storage, readable cookie, Redux state or log', async ({
  page,
  app,
}) => {
  const refreshTokens = new Set<string>();
  app.upstream.setOptions({
    hooks: {
      beforeRefresh: ({ token }) => void refreshTokens.add(token),
      afterRotate: ({ token }) => void refreshTokens.add(token),
    },
  });
  const seen: string[] = [];
  const bodies: Promise<unknown>[] = [];
  page.on('response', (response) => {
    const headers = response.headers();
    delete headers['set-cookie'];
    seen.push(JSON.stringify(headers));
    bodies.push(
      response.text().then(
        (text) => seen.push(text),
        () => undefined,
      ),
    );
  });
  page.on('console', (message) => seen.push(message.text()));

  await logIn(page, app);
  await page.goto(`${app.url}/lab`);
  await page.getByRole('button', { name: 'Expire the access token' }).click();
  expect(await sendBurst(page, app, 10)).toContain('10 succeeded');
  const inTheStore = await reduxState(page);
  expect(inTheStore).toContain('Ada Lovelace');
  seen.push(inTheStore);
  await page.goto(`${app.url}/session`);
  await page.getByRole('button', { name: 'Refresh now' }).click();
  await page.getByText(/version 3/).waitFor();
  seen.push(
    await page.evaluate(() =>
      JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href]),
    ),
    await page.content(),
    app.logged(),
  );
  await Promise.all(bodies);

  expect(refreshTokens.size).toBeGreaterThanOrEqual(2);
  const everything = seen.join('\n');
  expect(everything.length).toBeGreaterThan(100_000);
  expect(everything).not.toMatch(JWT);
  for (const token of refreshTokens) expect(everything.includes(token.slice(0, 12))).toBe(false);
  const cookies = await page.context().cookies();
  expect(cookies.find(({ name }) => name === 'reseal')).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  expect(everything).not.toContain('Fe26.2');
});
