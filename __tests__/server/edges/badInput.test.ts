import { sealData } from 'iron-session';
import { PROBLEMS, type Problem, type ProblemCode } from '../../../contract/problem.ts';
import { keyringOf } from '../../../server/settings/keyring.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';
import { RawClient, parseAnswer, requestText, sendRaw } from './rawClient.ts';

const MEGABYTE = 1024 * 1024;
const posts = ['/api/user', '/api/login', '/api/logout'];
const everywhere = [
  ['GET', '/api/user'],
  ['POST', '/api/user'],
  ['POST', '/api/login'],
  ['POST', '/api/logout'],
  ['GET', '/api/upstream/me'],
  ['POST', '/api/upstream/echo'],
  ['DELETE', '/api/upstream/notes/1'],
] as const;

const everythingBut = (...names: string[]) =>
  (
    ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const
  ).filter((name) => !names.includes(name)); // prettier-ignore

let app: AppWithUpstream;
let ada: Browser;

beforeAll(async () => {
  app = await startAppWithUpstream();
  ada = new Browser(app.url);
  await ada.login();
});
afterAll(() => app.close());

/** Every refusal looks like this, and after every one of them the session is what it was. */
async function expectProblem(response: Response, code: ProblemCode): Promise<void> {
  const { status, detail } = PROBLEMS[code];
  const problem = (await response.json()) as Problem;
  expect(problem).toEqual({
    type: 'about:blank',
    title: expect.any(String),
    status,
    code,
    detail,
    requestId: response.headers.get('x-request-id'),
  });
  expect(response.status).toBe(status);
  expect(response.headers.get('x-reseal-reason')).toBe(code);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toContain('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.getSetCookie()).toEqual([]);
  expect((await ada.whoAmI()).status).toBe(200);
}

describe('a call', () => {
  test.each(everywhere)('without the X-Reseal header is refused: %s %s', async (method, path) => {
    await expectProblem(
      await fetch(app.url + path, { method, headers: { Cookie: ada.cookie } }),
      'csrf_rejected',
    );
    await expectProblem(await ada.call(path, { method, headers: { 'X-Reseal': '' } }), 'csrf_rejected');
  });

  test.each([
    ['/api/user', ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'], ['GET', 'POST']],
    ['/api/login', ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['POST']],
    ['/api/logout', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['POST']],
    ['/api/health', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['GET', 'HEAD']],
    ['/api/metrics', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['GET']],
    [
      '/api/upstream/me',
      ['OPTIONS', 'PROPFIND', 'SEARCH'],
      ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    ],
  ])('of a wrong method is told the right ones: %s', async (path, wrong, right) => {
    for (const method of wrong) {
      const response = await ada.call(path, { method });
      const allow = response.headers.get('allow')?.split(', ');
      expect(allow).toEqual(expect.arrayContaining(right));
      expect(allow).not.toContain(method);
      if (method !== 'HEAD') await expectProblem(response, 'method_not_allowed');
      else expect(response.status).toBe(405);
    }
  });

  test('of a method named like a property of every object is no less wrong', async () => {
    for (const method of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      // Node's own parser refuses unknown methods; whatever it lets pass is ours.
      const answer = await sendRaw(app.url, requestText(`${method} /api/user`, ['X-Reseal: 1']));
      expect([400, 405]).toContain(answer.status);
    }
  });

  test('to be traced is refused', async () => {
    const headers = ['X-Reseal: 1', `Cookie: ${ada.cookie}`];
    const answer = await sendRaw(app.url, requestText('TRACE /api/upstream/me', headers));
    expect(answer.status).toBe(405);
    expect(answer.body).not.toContain(ada.jar.get('reseal'));
  });
});

describe('a body', () => {
  const malformed = [
    '{', '[]', 'null', '"text"', '1', 'true', '{"a":1}}', '\u0000', '{"staleVersion":', "{'a':1}", '\ufeff{}',
    '['.repeat(9000), '{"a":'.repeat(2500),
  ]; // prettier-ignore

  test.each(posts)('that is no JSON object is refused: %s', async (path) => {
    for (const body of malformed) {
      const headers = { 'Content-Type': 'application/json' };
      await expectProblem(await ada.call(path, { method: 'POST', body, headers }), 'invalid_request');
    }
  });

  test.each([
    ['/api/user', { staleVersion: '1' }],
    ['/api/user', { staleVersion: -1 }],
    ['/api/user', { staleVersion: 1.5 }],
    ['/api/user', { staleVersion: null }],
    ['/api/user', { staleVersion: 1e300 }],
    ['/api/user', { staleVersion: [1] }],
    ['/api/logout', { everywhere: 'yes' }],
    ['/api/logout', { everywhere: 1 }],
    ['/api/logout', { everywhere: null }],
    ['/api/login', {}],
    ['/api/login', { username: 'ada' }],
    ['/api/login', { password: 'lovelace' }],
    ['/api/login', { username: '', password: 'lovelace' }],
    ['/api/login', { username: 'ada', password: '' }],
    ['/api/login', { username: ['ada'], password: 'lovelace' }],
    ['/api/login', { username: { $ne: null }, password: { $ne: null } }],
    ['/api/login', { username: 1, password: 2 }],
    ['/api/login', { username: { toString: 'ada' }, password: 'x' }],
  ])('of wrong types is refused: %s %j', async (path, json) => {
    await expectProblem(await ada.call(path, { method: 'POST', json }), 'invalid_request');
  });

  test('of a name or a password without end is refused', async () => {
    for (const json of [
      { username: 'a'.repeat(257), password: 'x' },
      { username: 'ada', password: 'x'.repeat(1025) },
    ])
      await expectProblem(await ada.call('/api/login', { method: 'POST', json }), 'invalid_request');
  });

  test.each(posts)('that does not say it is JSON is refused: %s', async (path) => {
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
    for (const type of [...types, 'application/jsonp', 'text/plain; a=application/json', '']) {
      const options = { method: 'POST', body: '{"username":"ada"}', headers: { 'Content-Type': type } };
      await expectProblem(await ada.call(path, options), 'unsupported_media_type');
    }
  });

  test.each(posts)('of 3 MB is refused before it is read: %s', async (path) => {
    const json = { username: 'ada', password: 'x'.repeat(3 * MEGABYTE) };
    await expectProblem(await ada.call(path, { method: 'POST', json }), 'payload_too_large');
  });

  test('of 3 MB whose client sends all of it before it looks reads its refusal, chunked or not', async () => {
    const flood = 'x'.repeat(3 * MEGABYTE);
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    const headers = ['X-Reseal: 1', 'Content-Type: application/json'];
    for (const [framing, body] of [
      [`Content-Length: ${flood.length}`, flood],
      ['Transfer-Encoding: chunked', `${chunk.repeat(48)}0\r\n\r\n`],
    ] as const) {
      const client = new RawClient(app.url);
      client.send(requestText('POST /api/login', [...headers, framing]));
      const sent = new Promise<Error | null | undefined>((resolve) => client.socket.write(body, resolve));
      expect(await sent).toBeFalsy();
      const answer = parseAnswer(await client.all());
      expect(answer.status).toBe(413);
      expect(answer.headers.get('x-reseal-reason')).toEqual(['payload_too_large']);
    }
  });

  test('of 3 MB does not cost the client its connection: the rest is drained', async () => {
    const client = new RawClient(app.url);
    const headers = ['X-Reseal: 1', 'Connection: keep-alive', `Content-Length: ${3 * MEGABYTE}`];
    client.send(requestText('POST /api/login', headers));
    await client.until(/payload_too_large"/);
    client.send('x'.repeat(3 * MEGABYTE)).send(requestText('GET /api/health'));
    expect(await client.all()).toContain('{"status":"ok"}');
  });

  test.each([
    ['that never comes is not waited for', 100, '{', /invalid_request"/],
    ['without end is cut off', 1e9, 'x'.repeat(MEGABYTE), /payload_too_large"/],
  ])('%s', async (_title, length, body, refusal) => {
    jest.useFakeTimers({ doNotFake: everythingBut('setTimeout', 'clearTimeout') });
    try {
      const client = new RawClient(app.url);
      const headers = ['X-Reseal: 1', 'Connection: keep-alive', `Content-Length: ${length}`];
      client.send(requestText('POST /api/login', headers, body));
      while (jest.getTimerCount() === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      if (length > MEGABYTE) await client.until(refusal);
      jest.advanceTimersByTime(10_000);
      expect(await client.all()).toMatch(refusal);
    } finally {
      jest.useRealTimers();
    }
  });

  test('that ends in its middle is not logged as an error', async () => {
    const client = new RawClient(app.url);
    client.send(requestText('POST /api/login', ['X-Reseal: 1', 'Content-Length: 100'], '{"username"'));
    client.socket.end();
    expect(parseAnswer(await client.all()).status).not.toBe(500);
    expect((await ada.whoAmI()).status).toBe(200);
    expect(app.logged()).not.toContain('internal_error');
  });

  test('that is missing asks for nothing and is enough where nothing need be said', async () => {
    const grace = new Browser(app.url);
    await grace.login('grace', 'hopper');
    expect((await grace.call('/api/user', { method: 'POST' })).status).toBe(200);
    expect((await grace.call('/api/logout', { method: 'POST' })).status).toBe(204);
  });
});

describe('a cookie', () => {
  const good = () => ada.jar.get('reseal') ?? '';
  const own = keyringOf(['a-password-of-thirty-two-letters-or-more']);

  const signedInRoutes = everywhere.filter(([, path]) => path !== '/api/login' && path !== '/api/logout');
  async function expectNobody(cookie: string): Promise<void> {
    for (const [method, path] of signedInRoutes)
      await expectProblem(await ada.call(path, { method, cookie }), 'no_session');
  }

  test.each([
    'reseal=', 'reseal=garbage', 'reseal', '=', ';;;', 'reseal=%', 'reseal=%ZZ', 'reseal="', 'reseal=Fe26.2*1*a*b*c**d*e~2',
    'reseal=Fe26.2*99999999999999999999999*a*b*c*9999999999999999999999999*d*e~2', 'reseal=Fe26.2********~2',
    'reseal.0=Fe26.2', 'reseal.0=a; reseal.1=b; reseal.2=c; reseal.3=d', '__proto__=1; reseal=__proto__', 'theme=dark; lang=ko',
    `reseal=${'A'.repeat(7500)}`, 'Reseal=x', 'reseal_hint=nobody.1',
  ].map((cookie) => [cookie.slice(0, 40), cookie]))('that is garbage names no session: %s', (_start, cookie) => expectNobody(cookie ?? '')); // prettier-ignore

  test('of another app, or sealed for something else with our own password, names no session', async () => {
    const foreign = keyringOf(['another-password-of-thirty-two-letters']).seal;
    const seal = { id: 'x', version: 1, pair: { accessToken: 'x' } };
    await expectNobody(`reseal=${await sealData(seal, { password: foreign, ttl: 0 })}`);
    await expectNobody(
      `reseal=${await sealData({ state: 'x', verifier: 'y' }, { password: own.seal, ttl: 0 })}`,
    );
    await expectNobody(`reseal=${await sealData([], { password: own.seal, ttl: 0 })}`);
    await expectNobody(`reseal=${await sealData('text', { password: own.seal, ttl: 0 })}`);
  });

  test('that came twice is read once: the last that has the form of a seal decides', async () => {
    expect((await ada.whoAmI({ cookie: `reseal=${good()}; reseal=garbage` })).status).toBe(200);
    expect((await ada.whoAmI({ cookie: `reseal=garbage; reseal=${good()}` })).status).toBe(200);
    const grace = new Browser(app.url);
    const { user } = await grace.login('grace', 'hopper');
    const both = await ada.whoAmI({ cookie: `reseal=${good()}; ${grace.cookie}` });
    expect(await both.json()).toMatchObject({ user });
  });

  test('beside foreign cookies is found', async () => {
    const cookie = `theme=dark; reseal.0=stale; ${ada.cookie}; reseal.1=stale; other=Fe26.2*1*x`;
    expect((await ada.whoAmI({ cookie })).status).toBe(200);
  });

  test('with what iron-session would ignore behind it is not ours', async () => {
    for (const tail of ['~3', '~', '~2~2', 'x', '%20', '~2 ', '.'])
      await expectNobody(`reseal=${good()}${tail}x`);
    await expectNobody(`reseal=${good().replace(/~2$/, '~1')}`);
    await expectNobody(`reseal=${good().replace(/~2$/, '')}`);
  });

  test('that cannot be opened does not keep anybody from logging in or out', async () => {
    const browser = new Browser(app.url);
    browser.jar.set('reseal', 'garbage');
    expect((await browser.call('/api/logout', { method: 'POST' })).status).toBe(204);
    browser.jar.set('reseal', 'garbage');
    await browser.login();
    expect((await browser.whoAmI()).status).toBe(200);
  });
});
