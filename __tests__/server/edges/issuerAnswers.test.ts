import { createServer, type RequestListener } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { readSettings } from '../../../server/settings/fromEnv.ts';
import { systemClock } from '../../../server/clock.ts';
import { boundedFetch, MAX_ISSUER_ANSWER_BYTES } from '../../../server/issuers/boundedFetch.ts';
import { createProviderFinder } from '../../../server/issuers/oidc/provider.ts';
import { startApp } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { listen, type Listening } from '../../support/listen.ts';

const MEGABYTE = 1024 * 1024;
/** 256 MB of JSON white space in a quarter of a megabyte. */
const BOMB = gzipSync(Buffer.alloc(256 * MEGABYTE, ' '));
let issuer: Listening | undefined;
afterEach(() => issuer?.close());

const serve = async (listener: RequestListener) => (issuer = await listen(createServer(listener))).url;
const settingsFor = (url: string) =>
  readSettings({
    UPSTREAM_URL: url,
    UPSTREAM_PATHS: '/x',
    SESSION_PASSWORD: 'x'.repeat(32),
    OIDC_ISSUER: url,
    OIDC_CLIENT_ID: 'app',
    OIDC_CLIENT_SECRET: 'secret',
  }).oidc!;

/** How much the process grew while something ran, in bytes. */
async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = 0;
  const look = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - before)), 5);
  await work();
  clearInterval(look);
  return most;
}

test('the bomb is small on the wire, so that the bound of the connection lets it pass', () => {
  expect(BOMB.length).toBeLessThan(MAX_ISSUER_ANSWER_BYTES / 2);
});

test('a discovery document that is huge when decoded is refused before it is in memory', async () => {
  const url = await serve((_req, res) =>
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(BOMB),
  );
  const findProvider = createProviderFinder(settingsFor(url), new Agent(), systemClock);
  const growth = await growthOf(async () => {
    await expect(findProvider()).rejects.toThrow();
  });
  expect(growth).toBeLessThan(100 * MEGABYTE);
});

test('a key set that is huge when decoded is refused, and so are its later readers', async () => {
  const url = await serve((req, res) => {
    if (req.url !== '/jwks')
      return void res
        .setHeader('Content-Type', 'application/json')
        .end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, token_endpoint: `${url}/token` }));
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(BOMB);
  });
  const { keys } = await createProviderFinder(settingsFor(url), new Agent(), systemClock)();
  const header = { alg: 'RS256', kid: 'a' };
  for (let time = 0; time < 2; time += 1)
    await expect(keys(header, { payload: '', signature: '' })).rejects.toThrow();
});

test('a fetch reads up to the bound, decoded, and names what was too large', async () => {
  const bodies: Readonly<Record<string, Buffer>> = {
    '/fits': brotliCompressSync(Buffer.alloc(1000, 'x')),
    '/more': brotliCompressSync(Buffer.alloc(1001, 'x')),
  };
  const url = await serve((req, res) => {
    if (req.url === '/none') return void res.writeHead(204).end();
    res.writeHead(200, { 'Content-Encoding': 'br', 'X-A': 'b' }).end(bodies[req.url ?? '']);
  });
  const fetch = boundedFetch(new Agent(), 1000);
  const answer = await fetch(`${url}/fits`, {});
  expect([answer.headers.get('x-a'), (await answer.text()).length]).toEqual(['b', 1000]);
  expect((await fetch(`${url}/none`, {})).status).toBe(204);
  await expect((await fetch(`${url}/more`, {})).text()).rejects.toMatchObject({
    code: 'ISSUER_ANSWER_TOO_LARGE',
  });
});

test('a login answer of the upstream that is too large is an outage, and the process does not grow', async () => {
  const url = await serve((req, res) => {
    req.resume();
    const block = Buffer.alloc(MEGABYTE, ' ');
    let left = 256;
    const fill = () => {
      while (left-- > 0 && !res.destroyed && res.write(block));
      if (left <= 0) res.end();
    };
    res.writeHead(200, { 'Content-Type': 'application/json' }).on('drain', fill);
    fill();
  });
  const app = await startApp(url);
  const growth = await growthOf(async () => {
    const response = await new Browser(app.url).call('/api/login', {
      method: 'POST',
      json: { username: 'ada', password: 'x' },
    });
    expect([response.status, response.headers.get('x-reseal-reason')]).toEqual([503, 'upstream_unavailable']);
  });
  expect(growth).toBeLessThan(100 * MEGABYTE);
  await app.close();
});
