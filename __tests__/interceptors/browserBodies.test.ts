/** @jest-environment jsdom */
import axios from 'axios';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createReauth } from '../../interceptors/reauth.ts';

/** XMLHttpRequest over a real socket: jsdom's, with a server of another origin that allows it everything. */
let server: Server;
let base: string;
let seen: { headers: string[]; body: string }[];

beforeEach(async () => {
  seen = [];
  let valid = false;
  server = createServer(async (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*, X-Reseal, Content-Type, Idempotency-Key');
    response.setHeader('Access-Control-Expose-Headers', '*, X-Reseal-Reason, X-Reseal-Version');
    if (request.method === 'OPTIONS') return void response.end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === '/refresh') {
      valid = true;
      return void response.end();
    }
    seen.push({ headers: request.rawHeaders, body: Buffer.concat(chunks).toString('latin1') });
    if (!valid) response.writeHead(401, { 'X-Reseal-Reason': 'token_expired' });
    response.end('"answer"');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function attached() {
  const http = axios.create({ baseURL: base, adapter: 'xhr' });
  const reauth = createReauth({
    refresh: async ({ signal }) => void (await axios.post(`${base}/refresh`, null, { signal })),
    appliesTo: () => true,
  });
  reauth.attach(http);
  return http;
}

const form = () => {
  const data = new FormData();
  data.set('text', 'grüße');
  data.set('file', new File([new Uint8Array([0, 255, 13, 10])], 'a.bin'));
  return data;
};

test.each<[string, () => unknown]>([
  ['FormData', form],
  ['a Blob', () => new Blob([new Uint8Array([1, 0, 255])], { type: 'text/x-blob' })],
  ['URLSearchParams', () => new URLSearchParams({ q: 'a b&c' })],
  ['an ArrayBuffer', () => new Uint8Array([1, 2, 0, 254]).buffer],
  ['JSON', () => ({ a: 'ü' })],
])(
  'with XMLHttpRequest the replay of %s equals the original to the byte, headers and all',
  async (_, body) => {
    const { data } = await attached().post<string>('/notes', body(), {
      headers: { 'Idempotency-Key': 'k-1' },
    });
    expect([data, seen.length]).toEqual(['answer', 2]);
    expect(seen[0]!.body.length).toBeGreaterThan(0);
    const [first, second] = seen.map((one) => JSON.stringify(one).replace(/-{4,}[\w-]+/g, 'boundary'));
    expect(second).toBe(first);
  },
);

test('an answer read as a Blob is replayed too: its reason is in a header', async () => {
  const { data } = await attached().get<Blob>('/notes', { responseType: 'blob' });
  expect([data.size, seen.length]).toEqual([8, 2]);
});

test('an abort while the replay is under way reaches it', async () => {
  const abort = new AbortController();
  const request = attached().get('/notes', {
    signal: abort.signal,
    onDownloadProgress: () => abort.abort(),
  });
  await expect(request).rejects.toMatchObject({ code: 'ERR_CANCELED' });
});
