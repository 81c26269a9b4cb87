import { createServer } from 'node:http';
import fc from 'fast-check';
import { pagesHandler } from '../../../server/adapters/nextPages.ts';
import { createTargetFinder } from '../../../server/proxy/targetPath.ts';
import { ALLOWED, ATTACKS, GOOD } from './pathAttacks.ts';
import { requestText, sendRaw } from './rawClient.ts';
import { listen } from '../../support/listen.ts';
import { startSignedInApp, type SignedInApp } from '../../support/signedInApp.ts';

const EXCLUDED = ['/auth/login', '/auth/refresh', '/auth/logout'];
const targetOf = createTargetFinder([{ paths: ALLOWED, issuerPaths: EXCLUDED }]);
let app: SignedInApp;
const seen: string[] = [];

const start = (basePath?: string) =>
  startSignedInApp(
    (req, res) => {
      seen.push(req.url ?? '');
      res.end('{}');
    },
    { env: { UPSTREAM_PATHS: ALLOWED.join(',') }, ...(basePath ? { basePath } : {}) },
  );
beforeAll(async () => (app = await start()));
beforeEach(() => void seen.splice(0));
afterAll(() => app.close());

const send = (target: string, to = app) =>
  sendRaw(
    to.proxyUrl,
    Buffer.from(requestText(`GET ${target}`, ['X-Reseal: 1', `Cookie: ${to.ada.cookie}`]), 'latin1'),
  );

test(`of ${ATTACKS.length} crooked targets none reaches the upstream`, async () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(150);
  expect(ATTACKS.filter((target, index) => ATTACKS.indexOf(target) !== index)).toEqual([]);
  const wrong: unknown[] = [];
  for (const target of ATTACKS) {
    const { status, headers } = await send(target);
    // What is no request line at all Node itself refuses with 400.
    const isRefused =
      status === 400 || (status === 404 && headers.get('x-reseal-reason')?.[0] === 'path_not_allowed');
    if (!isRefused || headers.has('set-cookie')) wrong.push([target, status]);
  }
  expect(wrong).toEqual([]);
  expect(seen).toEqual([]);
});

test('a good target goes on character for character', async () => {
  for (const target of GOOD)
    expect([target, (await send(`/api/upstream${target}`)).status]).toEqual([target, 200]);
  expect(seen).toEqual(GOOD);
});

test('an upstream behind a base path is asked under it, and the base path is no way round the list', async () => {
  for (const base of ['/base/v1', '/base/v1/']) {
    const based = await start(base);
    seen.splice(0);
    expect((await send('/api/upstream/notes/1?x=2', based)).status).toBe(200);
    expect((await send('/api/upstream/base/v1/notes', based)).status).toBe(404);
    expect(seen).toEqual(['/base/v1/notes/1?x=2']);
    await based.close();
  }
});

test('what Next makes of a target before it calls a route is neither checked nor sent', async () => {
  // The one server of this process, where the handler looks for it.
  (globalThis as { [key: symbol]: unknown })[Symbol.for('reseal.server')] = app.runtime;
  const next = await listen(
    createServer((req, res) => {
      const asCame = req.url ?? '';
      Object.assign(req, {
        [Symbol.for('NextInternalRequestMeta')]: { initURL: `http://127.0.0.1:3000${asCame}` },
      });
      const url = new URL(asCame, 'http://n');
      const query = new URLSearchParams(url.search).toString();
      req.url = url.pathname + (query === '' ? '' : `?${query}`);
      void pagesHandler(req, res);
    }),
  );
  const through = { ...app, proxyUrl: next.url };
  const dotted = ['/notes/./x', '/notes/x/../y', '/notes/%2e/x', '/x/../notes'];
  for (const target of dotted) expect((await send(`/api/upstream${target}`, through)).status).toBe(404);
  const before = ['/notes?flag', '/notes?a[]=1&q=a%20b', '/notes?', '/notes?u=http://x/&%zz'];
  for (const target of before) expect((await send(`/api/upstream${target}`, through)).status).toBe(200);
  expect(seen).toEqual(before);
  await next.close();
});

test('a path that is refused answers the same for every method', async () => {
  for (const method of ['GET', 'PUT', 'OPTIONS', 'TRACE']) {
    const request = requestText(`${method} /api/upstream/admin`, [
      'X-Reseal: 1',
      `Cookie: ${app.ada.cookie}`,
    ]);
    expect((await sendRaw(app.proxyUrl, request)).headers.get('x-reseal-reason')).toEqual([
      'path_not_allowed',
    ]);
  }
});

describe('whatever the target', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '/', '//', '.', '..', '%2e', '%2f', '%5c', '\\', ';', '%00', '%25', '?', '#', '%', 'notes', 'me', 'auth', 'login', 'LOGIN', '%6cogin',
      'files', 'public', '\u0000', '\t', '\u00e9', '%c0%ae', '%ef%bc%8e', '@', ':', 'x', ' ',
    ), // prettier-ignore
    fc.string({ maxLength: 3 }),
  );
  const target = fc
    .tuple(
      fc.constantFrom('', 'notes', 'notes/', 'auth/', 'files/public', 'x'),
      fc.array(piece, { maxLength: 8 }),
    )
    .map(([start, pieces]) => `/api/upstream/${start}${pieces.join('')}`);

  test('what is let through is under an allowed prefix for every way of reading it, and is what was asked for', () => {
    fc.assert(
      fc.property(target, (asked) => {
        const found = targetOf(asked);
        if (!found) return;
        expect(`/api/upstream${found.path}${found.query}`).toBe(asked);
        const isUnder = (path: string, prefixes: string[]) =>
          prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
        const readings = [
          found.path,
          new URL(`http://upstream.example${found.path}${found.query}`).pathname,
          new URL(decodeURIComponent(found.path).replaceAll('\\', '/'), 'http://upstream.example').pathname,
          new URL(found.path.replaceAll(/;[^/]*/g, ''), 'http://upstream.example').pathname,
        ];
        for (const path of readings) {
          expect(isUnder(path, ALLOWED)).toBe(true);
          expect(isUnder(decodeURIComponent(path).toLowerCase(), EXCLUDED)).toBe(false);
        }
        expect(new URL(`http://upstream.example${found.path}${found.query}`).host).toBe('upstream.example');
        expect(found.path + found.query).toMatch(/^[\x21-\x7e]*$/);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 3000) },
    );
  });

  test('it never throws', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
          .map((units) => String.fromCharCode(...units)),
        (rest) => {
          targetOf(rest);
          targetOf(`/api/upstream/notes/${rest}`);
        },
      ),
      { numRuns: 300 },
    );
  });
});
