import axios, { type AxiosProgressEvent, type AxiosRequestConfig } from 'axios';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createReauth } from '../../interceptors/reauth.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: readonly string[];
  readonly body: string;
}

let server: Server;
let base: string;
let seen: Seen[];

/** Reads all of a request, as bytes. */
async function bytes(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

beforeEach(async () => {
  seen = [];
  let valid = false;
  server = createServer(async (request, response) => {
    const body = await bytes(request);
    if (request.url === '/refresh') {
      valid = true;
      return void response.end();
    }
    seen.push({ method: request.method, url: request.url, headers: request.rawHeaders, body });
    if (!valid) response.writeHead(401, { 'X-Reseal-Reason': 'token_expired' });
    response.end(JSON.stringify({ echo: body.length }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function attached(defaults: AxiosRequestConfig = {}) {
  const http = axios.create({ baseURL: `${base}/api/`, adapter: 'http', ...defaults });
  const reauth = createReauth({
    refresh: async ({ signal }) => void (await axios.post(`${base}/refresh`, null, { signal })),
  });
  reauth.attach(http);
  return { http, reauth };
}

const form = () => {
  const data = new FormData();
  data.set('text', 'grüße');
  data.set('file', new Blob([new Uint8Array([0, 255, 13, 10])]), 'a.bin');
  return data;
};

const bodies: [string, () => unknown][] = [
  ['JSON', () => ({ a: [1, { b: 'ü' }] })],
  ['a string', () => 'plain'],
  ['FormData', form],
  ['a Blob', () => new Blob(['blob bytes'], { type: 'text/x-blob' })],
  ['URLSearchParams', () => new URLSearchParams({ q: 'a b&c' })],
  ['an ArrayBuffer', () => new Uint8Array([1, 2, 0, 254]).buffer],
  ['a Uint8Array', () => new Uint8Array([9, 8, 7])],
];

describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
  test.each(bodies)('the replay of %s equals the original to the byte, headers and all', async (_, body) => {
    const { http } = attached({ adapter });
    const headers = { 'Idempotency-Key': 'k-1', 'X-Custom': 'yes' };
    const { data } = await http.post<{ echo: number }>('notes', body(), {
      params: { page: 2, tag: ['a', 'b'] },
      headers,
    });
    expect(seen).toHaveLength(2);
    expect(data.echo).toBe(seen[0]!.body.length);
    // Either adapter draws a boundary for each sending of a FormData; all else is equal to the byte.
    const boundaries = /(-{4,}|axios-[\d.]+-boundary-)[\w-]+/g;
    const [first, second] = seen.map((one) => JSON.stringify(one).replace(boundaries, 'boundary'));
    expect(second).toBe(first);
    expect(seen[0]!.url).toBe('/api/notes?page=2&tag%5B%5D=a&tag%5B%5D=b');
    expect(seen[1]!.headers).toContain('k-1');
  });
});

test('all transforms and interceptors run once for each request', async () => {
  const { http } = attached();
  const runs: string[] = [];
  http.interceptors.request.use(async (config) => {
    runs.push('async request');
    return { ...config, url: `${config.url}/x` };
  });
  http.interceptors.request.use((config) => {
    runs.push('request');
    return config;
  });
  http.interceptors.response.use((response) => {
    runs.push('response');
    return response;
  });
  const transformRequest = (data: { n: number }) => {
    runs.push('transform');
    return JSON.stringify({ n: data.n + 1 });
  };
  await http.post('n', { n: 1 }, { transformRequest });
  expect(runs.sort()).toEqual(['async request', 'request', 'response', 'transform']);
  expect(seen.map(({ url, body }) => [url, body])).toEqual([
    ['/api/n/x', '{"n":2}'],
    ['/api/n/x', '{"n":2}'],
  ]);
});

test.each([
  ['a Node stream', () => Readable.from(['once'])],
  ['a web stream', () => new Blob(['once']).stream()],
])('%s is refused after the refresh, never sent empty', async (_, body) => {
  const { http } = attached({ adapter: body() instanceof Readable ? 'http' : 'fetch' });
  await expect(http.post('n', body())).rejects.toMatchObject({
    code: 'ERR_NOT_REPLAYABLE',
    response: { status: 401 },
  });
  expect(seen.map((one) => one.body)).toEqual(['once']);
  expect((await http.post('n', 'anew')).status).toBe(200);
});

test('a stream that meets no 401 is sent like any other', async () => {
  const { http, reauth } = attached();
  await reauth.refresh();
  expect((await http.post<{ echo: number }>('n', Readable.from(['once']))).data.echo).toBe(4);
});

test('a caller who accepts every status gets the replay’s answer, not the 401', async () => {
  const { http } = attached();
  expect((await http.get('n', { validateStatus: () => true })).status).toBe(200);
});

test('an answer read as a Blob, a stream or bytes is replayed too: its reason is in a header', async () => {
  for (const responseType of ['arraybuffer', 'stream'] as const) {
    const { http } = attached();
    seen = [];
    expect((await http.get('n', { responseType })).status).toBe(200);
  }
});

test('the answer’s config is the one that was sent', async () => {
  const { http } = attached();
  const adapters: unknown[] = [];
  http.interceptors.request.use((config) => {
    adapters.push(config.adapter);
    return config;
  });
  const { config } = await http.get('n');
  expect(config.adapter).toEqual(adapters[0]);
  expect((await http.request(config)).status).toBe(200);
});

test('a progress bar restarts visibly and reaches 100 % once', async () => {
  const { http } = attached();
  const bar: (number | undefined)[] = [];
  await http.post('n', 'x'.repeat(300_000), { onUploadProgress: ({ progress }) => void bar.push(progress) });
  expect(bar.filter((progress) => progress === 1)).toHaveLength(1);
  expect(bar.at(-1)).toBe(1);
  expect(bar).toContain(0);
});

test('a progress listener that throws at the restart does not cost the answer', async () => {
  const { http } = attached();
  const report = jest.fn();
  Object.assign(globalThis, { reportError: report });
  const oops = new Error('the bar is closed');
  const onUploadProgress = ({ progress }: AxiosProgressEvent) => {
    if (progress === 0) throw oops;
  };
  expect((await http.post('n', 'x', { onUploadProgress })).status).toBe(200);
  expect(report).toHaveBeenCalledWith(oops);
  Reflect.deleteProperty(globalThis, 'reportError');
});
