/** @jest-environment node */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Note } from '../../contract/notes.ts';
import { call, closeAll, logIn, send, startUpstream, statusOf } from './person.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'upstream-test-'));
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true });
});

const withNote = async (attachmentLimitBytes = 1_000_000) => {
  const database = join(folder, 'data.db');
  const upstream = await startUpstream({ database, attachmentLimitBytes });
  const ada = await logIn(upstream);
  const { id } = (await (await send(upstream, ada, 'POST', '/notes', { text: 'with file' })).json()) as Note;
  const path = `/notes/${id}/attachment`;
  const put = (body: BodyInit, type?: string, query = '') =>
    call(upstream, ada, path + query, {
      method: 'PUT',
      body,
      headers: type ? { 'content-type': type } : {},
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    } as RequestInit);
  const stored = () => readdirSync(`${database}-attachments`);
  return { upstream, ada, id, path, put, stored };
};

it('raw bytes come back as they went in, with type and name', async () => {
  const { upstream, ada, path, put } = await withNote();
  const bytes = randomBytes(300_000);
  const answer = await put(bytes, 'image/png', '?name=cat.png');

  expect(answer.status).toBe(200);
  expect(((await answer.json()) as Note).attachment).toEqual({
    name: 'cat.png',
    type: 'image/png',
    sizeBytes: 300_000,
  });
  const download = await call(upstream, ada, path);
  expect(download.headers.get('content-type')).toBe('image/png');
  expect(download.headers.get('content-length')).toBe('300000');
  expect(download.headers.get('content-disposition')).toBe(
    `attachment; filename="cat.png"; filename*=UTF-8''cat.png`,
  );
  expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
});

it.each([
  ['application/json', '{"a": 1 }'],
  ['text/plain;charset=UTF-8', 'plain'],
  ['application/x-www-form-urlencoded', 'a=1'],
])('a file of type %s is stored, not parsed', async (type, text) => {
  const { upstream, ada, path, put } = await withNote();

  expect(await statusOf(put(text, type))).toBe(200);
  const download = await call(upstream, ada, path);
  expect(download.headers.get('content-type')?.toLowerCase()).toBe(type.toLowerCase());
  expect(await download.text()).toBe(text);
});

it('a form may bring the file', async () => {
  const { upstream, ada, path, put } = await withNote();
  const form = new FormData();
  form.append('comment', 'hello');
  form.append('file', new Blob(['from a form'], { type: 'text/markdown' }), 'naïve plan.md');
  const answer = await put(form);

  expect(((await answer.json()) as Note).attachment).toEqual({
    name: 'naïve plan.md',
    type: 'text/markdown',
    sizeBytes: 11,
  });
  const download = await call(upstream, ada, path);
  expect(download.headers.get('content-disposition')).toBe(
    `attachment; filename="na_ve plan.md"; filename*=UTF-8''na%C3%AFve%20plan.md`,
  );
  expect(await download.text()).toBe('from a form');
});

it('a form without a file is refused', async () => {
  const { put } = await withNote();
  const form = new FormData();
  form.append('comment', 'hello');

  expect(await statusOf(put(form))).toBe(400);
});

it.each([
  ['known beforehand', () => Buffer.alloc(2000)],
  ['found out on the way', () => new Blob([Buffer.alloc(2000)]).stream()],
  [
    'in a form',
    () => {
      const form = new FormData();
      form.append('file', new Blob([Buffer.alloc(2000)]), 'large.bin');
      return form;
    },
  ],
])('a file over the limit, %s, is refused and leaves nothing behind', async (_case, body) => {
  const { put, stored } = await withNote(1000);

  expect(await statusOf(put(body()))).toBe(413);
  expect(stored()).toEqual([]);
});

it('a new file replaces the old one, and deleting removes it from the disk', async () => {
  const { upstream, ada, id, path, put, stored } = await withNote();
  await put('first', 'text/plain');
  await put('second', 'text/plain');
  expect(stored()).toHaveLength(1);
  expect(await (await call(upstream, ada, path)).text()).toBe('second');

  expect(await statusOf(call(upstream, ada, path, { method: 'DELETE' }))).toBe(204);
  expect(await statusOf(call(upstream, ada, path, { method: 'DELETE' }))).toBe(404);
  expect(stored()).toEqual([]);

  await put('third', 'text/plain');
  await call(upstream, ada, `/notes/${id}`, { method: 'DELETE' });
  expect(stored()).toEqual([]);
});

it('an upload that breaks off leaves the note as it was', async () => {
  const { upstream, ada, id, put, stored } = await withNote();
  const broken = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(100)),
    pull: () => Promise.reject(new Error('the disk of the sender broke')),
  });

  await expect(put(broken)).rejects.toThrow('fetch failed');
  expect(await (await call(upstream, ada, `/notes/${id}`)).json()).toMatchObject({ attachment: null });
  await upstream.close();
  expect(stored().length).toBeLessThanOrEqual(1);
  // Should the file have outlived the process, the next start sweeps it away.
  await startUpstream({ database: join(folder, 'data.db') });
  expect(stored()).toEqual([]);
});

it('64 MB in a stream of unknown length come back byte for byte', async () => {
  const { upstream, ada, path, put } = await withNote(100_000_000);
  const [hash, block, count] = [createHash('sha256'), Buffer.alloc(1 << 20, 'block'), 64];
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if ((sent += 1) > count) return controller.close();
      hash.update(block);
      controller.enqueue(new Uint8Array(block));
    },
  });
  expect(await statusOf(put(body))).toBe(200);

  const received = createHash('sha256');
  for await (const chunk of (await call(upstream, ada, path)).body!) received.update(chunk);
  expect(received.digest('hex')).toBe(hash.digest('hex'));
});

it('without a database file, the attachments go when the service goes', async () => {
  const upstreams = () => readdirSync(tmpdir()).filter((name) => name.startsWith('reseal-upstream-'));
  const before = new Set(upstreams());
  const upstream = await startUpstream();
  const own = upstreams().filter((name) => !before.has(name));
  await upstream.close();

  expect(own.length).toBeGreaterThan(0);
  expect(own.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
});
