import { join } from 'node:path';
import { build } from 'vite';
import { test as base, expect, type Page } from '@playwright/test';
import type { AxiosInstance } from 'axios';
import type { Reauth } from '../../interceptors/reauthOptions.ts';
import { copyEngine } from '../support/engineElsewhere.ts';
import { startForeignBackend, type ForeignBackend } from '../support/foreignBackend.ts';
import { recipe } from '../support/recipe.ts';

declare global {
  interface Window {
    app: { readonly http: AxiosInstance; readonly reauth: Reauth };
  }
}

/** A bare Vite app: axios, the copied engine, the recipe's code; no Next, no React, no server of ours. */
async function buildViteApp() {
  const elsewhere = copyEngine();
  elsewhere.write(
    'index.html',
    '<!doctype html><title>alone</title><script type="module" src="/main.ts"></script>',
  );
  elsewhere.write('session.ts', recipe('Taking only the engine')[0] ?? '');
  elsewhere.write('main.ts', "import { http, reauth } from './session.ts';\nwindow.app = { http, reauth };");
  await build({ root: elsewhere.folder, configFile: false, logLevel: 'error' });
  return elsewhere;
}

const test = base.extend<{ backend: ForeignBackend }, { pages: string }>({
  pages: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from the pattern
    async ({}, use) => {
      const elsewhere = await buildViteApp();
      await use(join(elsewhere.folder, 'dist'));
      elsewhere.remove();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  backend: async ({ pages, page }, use) => {
    const backend = await startForeignBackend(pages);
    await page.goto(backend.url);
    await page.evaluate(() => window.app.http.post('/login'));
    await use(backend);
    await backend.close();
  },
});

/** Sends requests at once; answers each one's status, or the code it was refused with. */
const send = (page: Page, count: number) =>
  page.evaluate(
    (many) =>
      Promise.all(
        Array.from({ length: many }, (_, at) =>
          window.app.http.get(`/items/${at}`).then(
            ({ status }) => status as number | string,
            ({ code }: { code: string }) => code,
          ),
        ),
      ),
    count,
  );

test('in a bare Vite app ten requests queue behind one refresh, and each is replayed once', async ({
  page,
  backend,
}) => {
  backend.expire();
  const refresh = backend.holdRefresh();
  const answers = send(page, 10);
  await refresh.arrived;
  await expect.poll(() => page.evaluate(() => window.app.reauth.queued)).toBe(10);
  expect(await page.evaluate(() => window.app.reauth.state)).toBe('refreshing');

  refresh.release();
  expect(await answers).toEqual(Array(10).fill(200));
  expect(backend.refreshes).toBe(1);
  expect(backend.answered.toSorted()).toEqual(Array.from({ length: 10 }, (_, at) => `/items/${at}`));
});

test('in a bare Vite app two tabs take turns to refresh: no refresh token is presented twice', async ({
  page,
  backend,
  context,
}) => {
  const other = await context.newPage();
  await other.goto(backend.url);
  backend.expire();
  const both = await Promise.all([send(page, 5), send(other, 5)]);
  expect(both.flat()).toEqual(Array(10).fill(200));
  expect(backend.refreshes).toBeLessThanOrEqual(2);
});

test('in a bare Vite app a refused refresh ends the session for all that wait, and is asked once', async ({
  page,
  backend,
}) => {
  backend.expire();
  backend.kill();
  expect(await send(page, 3)).toEqual(Array(3).fill('ERR_SESSION_ENDED'));
  expect(await page.evaluate(() => window.app.reauth.state)).toBe('ended');
  expect(backend.refreshes).toBe(1);
});
