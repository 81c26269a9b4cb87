import { createServer } from 'node:http';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { listen, type Listening } from '../support/listen.ts';
import { requestText, sendRaw, type RawAnswer } from '../server/edges/rawClient.ts';
import { ATTACKS } from '../server/edges/pathAttacks.ts';
import { Browser, infoOf } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';

jest.setTimeout(300_000);

const APP_URL = 'http://127.0.0.1:3000';
/** Of one connection or one moment, not of the answer. */
const NOT_COMPARED = new Set([
  'date',
  'connection',
  'keep-alive',
  'x-request-id',
  'content-length',
  'transfer-encoding',
]);

let upstream: Upstream;
/** `npm start`, which answers the API in front of Next, and `next start`, where Next calls `pages/api`. */
let doors: Readonly<Record<'front' | 'next', Instance>>;

beforeAll(async () => {
  await ensureBuild();
  upstream = await createUpstream({ accessTtlSeconds: 600 });
  const env = { ...productionEnvironment(upstream.url, APP_URL), NEXT_MANUAL_SIG_HANDLE: '1' };
  const next = ['node_modules/next/dist/bin/next', 'start'];
  const [front, behind] = await Promise.all([startInstance(env), startInstance(env, { command: next })]);
  doors = { front, next: behind };
});
afterAll(async () => {
  await Promise.all(Object.values(doors ?? {}).map((door) => door.kill()));
  await upstream.close();
});

/** What a client can tell of an answer, but for what is of the moment. */
function shapeOf({ status, headers, body }: RawAnswer) {
  // Next compresses, and says so.
  const compared = [...headers]
    .map(([name, values]) => [name, values.map((value) => value.replace(', Accept-Encoding', ''))] as const)
    .filter(([name]) => !NOT_COMPARED.has(name))
    .toSorted(([a], [b]) => a.localeCompare(b));
  const text = body
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'an id')
    .replace(/^[0-9a-f]+\r\n([^]*?)\r\n0\r\n\r\n$/, '$1');
  return { status, headers: Object.fromEntries(compared), body: text };
}

async function answersOf(line: string, headers: readonly string[] = [], body = '') {
  const request = requestText(line, headers, body);
  const [front, next] = await Promise.all([
    sendRaw(doors.front.url, request),
    sendRaw(doors.next.url, request),
  ]);
  return { front: shapeOf(front), next: shapeOf(next) };
}

const JSON_BODY = ['Content-Type: application/json', 'Content-Length: 2'];
const REQUESTS: readonly (readonly [line: string, headers?: readonly string[], body?: string])[] = [
  ...['GET', 'POST', 'DELETE', 'PUT', 'HEAD', 'OPTIONS'].flatMap((method) =>
    ['user', 'login', 'logout', 'callback', 'backchannel-logout', 'sessions', 'sessions/x', 'health', 'upstream/notes', 'nowhere', 'user/', 'a/b/c'].map(
      (path) => [`${method} /api/${path}`, ['X-Reseal: 1']] as const,
    ),
  ),
  ['GET /api'],
  ['GET /api/'],
  ['GET /api/user'],
  ['GET /api/user?x=1', ['X-Reseal: 1', 'Cookie: reseal=garbage']],
  ['GET /api/user', ['X-Reseal: 1', 'Sec-Fetch-Site: cross-site']],
  ['GET /api/user', ['X-Reseal: 1', 'X-Forwarded-Proto: https']],
  ['GET /api/health?ready'],
  ['GET /api/login?returnTo=/x'],
  ['POST /api/login', ['X-Reseal: 1', ...JSON_BODY], '{}'],
  ['POST /api/login', ['X-Reseal: 1', ...JSON_BODY], '{x'],
  ['POST /api/login', ['X-Reseal: 1', 'Content-Length: 20000'], 'x'.repeat(20_000)],
  ['POST /api/logout', ['X-Reseal: 1', ...JSON_BODY], '{}'],
  ['GET /api/upstream/nowhere', ['X-Reseal: 1']],
  ['GET /api/upstream/notes', ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Dest: script']],
]; // prettier-ignore

test('a request without a session is answered alike by both doors, with the same headers', async () => {
  const different: unknown[] = [];
  for (const [line, headers, body] of REQUESTS) {
    const { front, next } = await answersOf(line, headers, body);
    if (JSON.stringify(front) !== JSON.stringify(next)) different.push({ line, headers, front, next });
  }
  expect(different).toEqual([]);
});

test('every request below /api has the security headers of the pages, on both doors', async () => {
  for (const path of ['/api/user', '/api/health', '/api/upstream/notes', '/api/nowhere', '/login']) {
    const { front, next } = await answersOf(`GET ${path}`, ['X-Reseal: 1', 'X-Forwarded-Proto: https']);
    for (const { headers } of [front, next])
      for (const name of ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'permissions-policy', 'content-security-policy', 'strict-transport-security', 'cross-origin-resource-policy'])
        expect([path, name, headers[name]?.length]).toEqual([path, name, 1]);
  }
}); // prettier-ignore

test('a target that the proxy refuses is refused by both doors', async () => {
  const headers = ['X-Reseal: 1'];
  const wrong: unknown[] = [];
  for (const target of ATTACKS) {
    if (/[\s\u0080-\uffff]/.test(target)) continue;
    const { front, next } = await answersOf(`GET ${target}`, headers);
    // Next turns some away itself, with a 400 or a redirect to what it reads.
    if (front.status < 300 || next.status < 300) wrong.push([target, front.status, next.status]);
  }
  expect(wrong).toEqual([]);
});

describe.each(['front', 'next'] as const)('the %s door', (name) => {
  let ada: Browser;
  beforeAll(async () => {
    ada = new Browser(doors[name].url);
    await ada.login();
  });

  test('carries a session through login, refresh, proxied calls and logout', async () => {
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    const made = await ada.call('/api/upstream/notes', { method: 'POST', json: { text: 'from a door' } });
    expect(made.status).toBe(201);
    expect(await (await ada.call('/api/upstream/notes')).text()).toContain('from a door');
    const body = new Uint8Array(2 * 1024 * 1024).fill(7);
    const echo = await ada.call('/api/upstream/echo', { method: 'POST', body });
    expect(await echo.json()).toMatchObject({ body: { length: body.length } });
    const events = await ada.call('/api/upstream/events');
    const { value } = await events.body!.getReader().read();
    expect(value?.length).toBeGreaterThan(0);
    const page = await fetch(`${doors[name].url}/notes`, {
      headers: { Cookie: ada.cookie },
      redirect: 'manual',
    });
    expect([page.status, (await page.text()).includes('Ada')]).toEqual([200, true]);
    expect((await ada.logout()).status).toBe(204);
    expect((await ada.whoAmI()).status).toBe(401);
    const anonymous = await fetch(`${doors[name].url}/notes`, { redirect: 'manual' });
    expect(anonymous.status).toBe(307);
  });
});

test('the front door shares its session memory with the pages that Next renders', async () => {
  const ada = new Browser(doors.front.url);
  await ada.login();
  const { cookie } = ada;
  await ada.logout();
  const page = await fetch(`${doors.front.url}/notes`, { headers: { Cookie: cookie }, redirect: 'manual' });
  expect(page.status).toBe(307);
});

describe('of a request for an upgrade', () => {
  let silent: Listening;
  beforeAll(async () => (silent = await listen(createServer())));
  afterAll(() => silent.close());

  test.each(['front', 'next'] as const)('the %s door opens no tunnel', async (name) => {
    const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x', 'Connection: close']; // prettier-ignore
    for (const path of ['/api/upstream/notes', '/socket', '/']) {
      const { status } = await sendRaw(doors[name].url, requestText(`GET ${path}`, headers));
      expect(status).not.toBe(101);
    }
    expect((await fetch(`${doors[name].url}/api/health`)).status).toBe(200);
  });
});
