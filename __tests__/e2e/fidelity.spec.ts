import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import { engineBundle } from './browser/bundle.ts';
import { expect, logIn, openBlank, test, type App } from './fixtures.ts';

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly sha256: string; readonly length: number };
}

async function withEngine(page: Page, app: App): Promise<void> {
  await logIn(page, app);
  await openBlank(page, app);
  await page.evaluate(engineBundle);
}

/** Sends one body twice, with a living token and with a dead one; answers both echoes. */
async function sendTwice(page: Page, app: App, kind: string): Promise<[Echo, Echo]> {
  const send = (name: string) =>
    page.evaluate(async (which) => {
      const bytes = new Uint8Array(300_000).map((_, index) => (index * 7919) % 251);
      const form = new FormData();
      form.append('text', '한글 & more');
      form.append('file', new File([bytes], 'a.bin', { type: 'application/octet-stream' }));
      const bodies: Record<string, unknown> = {
        Blob: new Blob([bytes], { type: 'application/x-test' }),
        ArrayBuffer: bytes.buffer,
        URLSearchParams: new URLSearchParams({ a: '1', b: '한글' }),
        FormData: form,
        object: { nested: { list: [1, 2, 3] }, text: '한글' },
        string: 'plain words',
      };
      const { http } = window.makeEngine();
      const answer = await http.post('/api/upstream/echo/x', bodies[which], { params: { q: 'a b' } });
      return answer.data as unknown;
    }, name);
  const alive = (await send(kind)) as Echo;
  app.upstream.expireAccessTokens();
  const replayed = (await send(kind)) as Echo;
  return [alive, replayed];
}

for (const kind of ['Blob', 'ArrayBuffer', 'URLSearchParams', 'object', 'string']) {
  test(`a body of kind ${kind} is replayed byte for byte`, async ({ page, app }) => {
    await withEngine(page, app);
    const [alive, replayed] = await sendTwice(page, app, kind);
    expect(replayed.body).toEqual(alive.body);
    expect(replayed.url).toBe(alive.url);
    expect(replayed.headers['content-type']).toBe(alive.headers['content-type']);
    expect(app.upstream.stats().refreshCalls).toBe(1);
  });
}

test('a FormData is replayed whole; its boundary is the browser’s to choose', async ({ page, app }) => {
  await withEngine(page, app);
  const [alive, replayed] = await sendTwice(page, app, 'FormData');
  expect(replayed.body.length).toBe(alive.body.length);
  expect(replayed.headers['content-type']).toContain('multipart/form-data; boundary=');
});

test('a 20 MB upload that meets a 401 arrives whole', async ({ page, app }) => {
  await logIn(page, app);
  await page.getByLabel('New note').fill('with a large file');
  await page.getByRole('button', { name: 'Add note' }).click();
  const note = page.getByRole('listitem').filter({ hasText: 'with a large file' }).first();
  await note.waitFor();
  const bytes = Buffer.alloc(20 * 1024 * 1024, 'reseal ');
  app.upstream.expireAccessTokens();
  const chooser = page.waitForEvent('filechooser');
  await note.getByRole('button', { name: /attach/i }).click();
  await (await chooser).setFiles({ name: 'large.bin', mimeType: 'application/octet-stream', buffer: bytes });
  const link = note.getByRole('link', { name: /large\.bin/ });
  await expect(link).toBeVisible({ timeout: 30_000 });
  const downloaded = await page.request.get(`${app.url}${await link.getAttribute('href')}`, {
    headers: { 'X-Reseal': '1' },
  });
  const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  expect(hash(await downloaded.body())).toBe(hash(bytes));
  expect(app.upstream.stats().refreshCalls).toBe(1);
});
