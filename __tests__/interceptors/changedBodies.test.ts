import axios, { type AxiosProgressEvent, type AxiosRequestConfig } from 'axios';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createReauth } from '../../interceptors/reauth.ts';
import { until } from '../../testing/until.ts';
import { refuseToken, startWireBackend, type WireBackend } from '../support/wireBackend.ts';

/** Over a real socket: bodies that change, bodies that must be read, bars that must restart. */
let backend: WireBackend;
beforeEach(async () => void (backend = await startWireBackend()));
afterEach(() => backend.close());

/** An instance whose refresh waits until `release`; `waits` resolves once it does. */
function held(defaults: AxiosRequestConfig = {}) {
  const http = axios.create({ baseURL: backend.url, adapter: 'http', ...defaults });
  let release = () => {};
  let arrived = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const waits = new Promise<void>((resolve) => (arrived = resolve));
  const reauth = createReauth({
    refresh: async () => {
      arrived();
      await gate;
      return (await axios.post(`${backend.url}/refresh`)).data;
    },
  });
  reauth.attach(http);
  return { http, release, waits };
}
const bytes = (...values: number[]) => new Uint8Array(values);

describe.each(['http', 'fetch'] as const)(
  'with the %s adapter, a body that changes while the request waits',
  (adapter) => {
    test.each<[string, () => { body: unknown; change: () => void; sent: string }]>([
      [
        'an ArrayBuffer that is transferred',
        () => {
          const body = bytes(1, 2, 3).buffer;
          return { body, change: () => void structuredClone(body, { transfer: [body] }), sent: '010203' };
        },
      ],
      [
        'a Uint8Array that is overwritten',
        () => {
          const body = bytes(1, 2, 3);
          return { body, change: () => void body.fill(9), sent: '010203' };
        },
      ],
      [
        'a Buffer that is overwritten',
        () => {
          const body = Buffer.from([4, 5]);
          return { body, change: () => void body.fill(9), sent: '0405' };
        },
      ],
      [
        'URLSearchParams that are added to',
        () => {
          const body = new URLSearchParams({ q: 'a' });
          return { body, change: () => body.set('q', 'b'), sent: Buffer.from('q=a').toString('hex') };
        },
      ],
    ])('is sent as it was: %s', async (_, make) => {
      const { http, release, waits } = held({ adapter });
      const { body, change, sent } = make();
      backend.expire();
      const request = http.post('/a', body);
      await waits;
      change();
      release();
      await request;
      expect(backend.arrived.map((one) => one.body.toString('hex'))).toEqual([sent, sent]);
    });

    test('is sent as it was: a FormData that is added to', async () => {
      const { http, release, waits } = held({ adapter });
      const body = new FormData();
      body.set('text', 'before');
      body.set('file', new Blob([bytes(1)]), 'a.bin');
      backend.expire();
      const request = http.post('/a', body);
      await waits;
      body.set('text', 'after!');
      release();
      await request;
      const [first, second] = backend.arrived.map((one) =>
        one.body.toString('latin1').replaceAll(/(-{4,}|axios-[\d.]+-boundary-)[\w-]+/g, '#'),
      );
      expect(first).toContain('before');
      expect(first).toContain('filename="a.bin"');
      expect(second).toBe(first);
    });

    test('is sent as it was even if the request had not been sent at all: it was held behind a refresh', async () => {
      const { http, release, waits } = held({ adapter });
      const body = bytes(1, 2, 3).buffer;
      backend.expire();
      const first = http.get('/first');
      await waits;
      const request = http.post('/held', body);
      await new Promise(setImmediate);
      structuredClone(body, { transfer: [body] });
      release();
      await Promise.all([first, request]);
      expect(backend.arrived.find(({ path }) => path === '/held')?.body.toString('hex')).toBe('010203');
    });
  },
);

test('parameters that change while the request waits are sent as they were', async () => {
  const { http, release, waits } = held();
  const params = new URLSearchParams({ page: '1' });
  backend.expire();
  const request = http.get('/a', { params });
  await waits;
  params.set('page', '2');
  release();
  await request;
  expect(backend.arrived.map(({ path }) => path)).toEqual(['/a?page=1', '/a?page=1']);
});

test.each([
  ['a generator', () => (async function* () { yield Buffer.from('once'); })()], // prettier-ignore
  ['a stream', () => new Blob(['once']).stream()],
])('the engine refuses to send %s a second time', async (_, body) => {
  const { http, release } = held({ adapter: 'fetch', transformRequest: [] });
  release();
  backend.expire();
  await expect(http.post('/a', body())).rejects.toMatchObject({ code: 'ERR_NOT_REPLAYABLE' });
  expect(backend.arrived).toHaveLength(1);
});

test('the engine names a file that changed on disk while the request waited', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reseal-'));
  const path = join(folder, 'upload.txt');
  await writeFile(path, 'before');
  const { http, release, waits } = held({ adapter: 'fetch' });
  backend.expire();
  const request = http.post('/a', await openAsBlob(path));
  request.catch(() => {});
  await waits;
  await writeFile(path, 'after, and longer');
  release();
  await expect(request).rejects.toMatchObject({
    code: 'ERR_NOT_REPLAYABLE',
    cause: { name: 'NotReadableError' },
  });
  await rm(folder, { recursive: true });
});

test('with one socket, the 401 of a stream is drained so that the refresh can be sent', async () => {
  const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 });
  const http = axios.create({ baseURL: backend.url, adapter: 'http', httpAgent });
  createReauth({
    refresh: async ({ signal }) =>
      (await axios.post(`${backend.url}/refresh`, null, { httpAgent, signal })).data,
    limits: { refreshMs: 3000 },
  }).attach(http);
  // Too large for the socket's buffers: until the client reads it, the socket is taken.
  backend.next((res) => {
    res.writeHead(401, { 'X-Reseal-Reason': 'token_expired', 'X-Reseal-Version': '1' });
    res.end('x'.repeat(2_000_000));
  });
  const { data } = await http.get<Readable>('/stream', { responseType: 'stream' });
  expect(await text(data)).toBe('/stream');
  expect(backend.refreshes).toBe(1);
  httpAgent.destroy();
});

test('with the fetch adapter, the 401 of a stream is cancelled', async () => {
  const { http, release } = held({ adapter: 'fetch' });
  release();
  backend.next((res) => refuseToken(res, 1));
  const { data } = await http.get<ReadableStream>('/stream', { responseType: 'stream' });
  expect(await new Response(data).text()).toBe('/stream');
});

describe.each(['http', 'fetch'] as const)('with the %s adapter, a download bar', (adapter) => {
  test('never shows the body of the 401 as the end, and reaches 100 % once', async () => {
    const { http, release } = held({ adapter });
    release();
    backend.next((res) => {
      const body = 'x'.repeat(100_000);
      res.writeHead(401, {
        'X-Reseal-Reason': 'token_expired',
        'X-Reseal-Version': '1',
        'Content-Length': body.length,
      });
      res.end(body);
    });
    backend.next((res) => res.setHeader('Content-Length', 300_000).end('y'.repeat(300_000)));
    const bar: AxiosProgressEvent[] = [];
    await http.get('/a', { onDownloadProgress: (event) => void bar.push(event) });
    await until(() => bar.some(({ progress }) => progress === 1)); // axios reports the last event late
    expect(bar.filter(({ progress }) => progress === 1).map(({ loaded }) => loaded)).toEqual([300_000]);
  });
});
