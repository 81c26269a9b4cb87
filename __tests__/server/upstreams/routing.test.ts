import { Browser, codeOf } from '../../../testing/browser.ts';
import { createReseal } from '../../../server/index.ts';
import { createTargetFinder } from '../../../server/proxy/targetPath.ts';
import { startApp, type App } from '../../support/app.ts';
import { startRecordingBackend, type RecordingBackend } from '../../support/recordingBackend.ts';
import { grantingIssuer } from '../../support/signedInApp.ts';

let main: RecordingBackend;
let billing: RecordingBackend;
let weather: RecordingBackend;
let catalogue: RecordingBackend;
let app: App;
let ada: Browser;

const backends = () => [main, billing, weather, catalogue];

beforeAll(async () => {
  [main, billing, weather, catalogue] = await Promise.all([
    startRecordingBackend(),
    startRecordingBackend(),
    startRecordingBackend(),
    startRecordingBackend(),
  ]);
  app = await startApp(main.url, {
    parts: { issuer: grantingIssuer() },
    env: {
      UPSTREAM_PATHS: '/notes,/shared/a',
      UPSTREAM_BILLING_URL: `${billing.url}/v1`,
      UPSTREAM_BILLING_PATHS: '/invoices,/shared/b',
      UPSTREAM_BILLING_TOKEN: 'user',
      UPSTREAM_BILLING_TIMEOUT_MS: '300',
      UPSTREAM_BILLING_CONCURRENCY_PER_SESSION: '1',
      UPSTREAM_BILLING_REQUEST_HEADERS: 'X-Tenant-Id',
      UPSTREAM_BILLING_RESPONSE_HEADERS: 'X-Invoice',
      UPSTREAM_WEATHER_URL: weather.url,
      UPSTREAM_WEATHER_PATHS: '/weather',
      UPSTREAM_WEATHER_TOKEN: 'none',
      UPSTREAM_CATALOGUE_URL: catalogue.url,
      UPSTREAM_CATALOGUE_PATHS: '/items',
      UPSTREAM_CATALOGUE_TOKEN: 'user-or-none',
      UPSTREAM_CATALOGUE_CONCURRENCY_PER_SESSION: '2',
    },
  });
});
afterAll(async () => {
  await app.close();
  await Promise.all(backends().map((backend) => backend.close()));
});
beforeEach(async () => {
  for (const backend of backends()) {
    backend.received.splice(0);
    backend.answer((_req, res) => void res.end('{}'));
  }
  ada = new Browser(app.url);
  await ada.login();
});

const stranger = () => new Browser(app.url);
const seenBy = () => backends().map(({ received }) => received.map(({ url }) => url));

describe('the path of a call', () => {
  test('decides which upstream receives it, below that upstream’s own base path', async () => {
    for (const path of ['/notes/1?x=2', '/invoices', '/shared/a', '/shared/b/c', '/weather', '/items/7'])
      expect([path, (await ada.call(`/api/upstream${path}`)).status]).toEqual([path, 200]);
    expect(seenBy()).toEqual([['/notes/1?x=2', '/shared/a'], ['/v1/invoices', '/v1/shared/b/c'], ['/weather'], ['/items/7']]); // prettier-ignore
  });

  test('is refused where no upstream has it, also where it only begins like one', async () => {
    for (const path of ['/v1/invoices', '/invoices2', '/shared', '/shared/c', '/Invoices'])
      expect([path, await codeOf(await ada.call(`/api/upstream${path}`))]).toEqual([
        path,
        'path_not_allowed',
      ]);
    expect(seenBy().flat()).toEqual([]);
  });
});

describe('the token', () => {
  const authorizationOf = (backend: RecordingBackend) =>
    backend.received.map(({ headers }) => headers.authorization);

  test('of the session goes to the upstreams that take it, and to no other', async () => {
    for (const path of ['/notes', '/invoices', '/weather', '/items'])
      await ada.call(`/api/upstream${path}`, { headers: { Authorization: 'Bearer mine' } });
    const [token] = authorizationOf(main);
    expect(token).toMatch(/^Bearer access-\d+$/);
    expect(backends().map(authorizationOf)).toEqual([[token], [token], [undefined], [token]]);
    expect(backends().flatMap(({ received }) => received.map(({ headers }) => headers.cookie))).toEqual([undefined, undefined, undefined, undefined]); // prettier-ignore
  });

  test('is not needed for token none, nor is a session, but the guard against other sites is', async () => {
    expect((await stranger().call('/api/upstream/weather')).status).toBe(200);
    expect(await codeOf(await stranger().call('/api/upstream/weather', { headers: { 'X-Reseal': '' } }))).toBe('csrf_rejected'); // prettier-ignore
    expect(await codeOf(await stranger().call('/api/upstream/weather', { headers: { Origin: 'https://other.example' } }))).toBe('csrf_rejected'); // prettier-ignore
    expect(weather.received).toHaveLength(1);
  });

  test('a call without a session is refused where it names one, and goes through where it is anonymous', async () => {
    expect(await codeOf(await stranger().call('/api/upstream/invoices'))).toBe('no_session');
    expect((await stranger().call('/api/upstream/items')).status).toBe(200);
    expect(authorizationOf(catalogue)).toEqual([undefined]);
    const claiming = { headers: { 'X-Reseal': 'AAAAAAAAAAAAAAAAAAAAAA' } };
    expect(await codeOf(await stranger().call('/api/upstream/items', claiming))).toBe('no_session');
    expect(await codeOf(await ada.call('/api/upstream/items', claiming))).toBe('session_changed');
    expect([billing.received.length, catalogue.received.length]).toEqual([0, 1]);
  });

  test('of a session that has ended is not sent: a call that names the session learns of the end, another is anonymous', async () => {
    const { cookie } = ada;
    const id = (ada.jar.get('reseal_hint') ?? '').split('.')[0] ?? '';
    await ada.logout();
    const named = await stranger().call('/api/upstream/items', { cookie, headers: { 'X-Reseal': id } });
    expect(await codeOf(named)).toBe('session_ended');
    expect((await stranger().call('/api/upstream/items', { cookie })).status).toBe(200);
    expect(authorizationOf(catalogue)).toEqual([undefined]);
  });
});

describe('a 401 of an upstream', () => {
  const refuseIn = (backend: RecordingBackend) =>
    backend.answer(
      (_req, res) => void res.writeHead(401, { 'Content-Type': 'text/plain' }).end('who are you?'),
    );

  test('that was sent no token is its own answer, and asks for no refresh', async () => {
    refuseIn(weather);
    const answer = await ada.call('/api/upstream/weather');
    expect([answer.status, answer.headers.get('X-Reseal-Reason'), await answer.text()]).toEqual([401, 'upstream', 'who are you?']); // prettier-ignore
  });

  test('to an anonymous call asks for a login, and to a session’s call for a refresh', async () => {
    refuseIn(catalogue);
    expect(await codeOf(await stranger().call('/api/upstream/items'))).toBe('no_session');
    const expired = await ada.call('/api/upstream/items');
    expect([await codeOf(expired), expired.headers.get('X-Reseal-Version')]).toEqual(['token_expired', '1']);
  });
});

describe('a redirect', () => {
  const locationOf = async (location: string, path = '/notes', backend = main) => {
    backend.answer((_req, res) => void res.writeHead(302, { Location: location }).end());
    return (await ada.call(`/api/upstream${path}`)).headers.get('Location');
  };

  test('of each upstream leads back to it through the proxy, and never shows its address', async () => {
    expect(await locationOf('/notes/2?x=1#y')).toBe('/api/upstream/notes/2?x=1#y');
    expect(await locationOf(`${main.url}/notes/3`)).toBe('/api/upstream/notes/3');
    expect(await locationOf('/v1/invoices/9', '/invoices', billing)).toBe('/api/upstream/invoices/9');
    expect(await locationOf('8', '/invoices/7', billing)).toBe('/api/upstream/invoices/8');
    expect(await locationOf('/invoices/9', '/invoices', billing)).toBeNull();
  });

  test('to a path of another upstream leads there', async () => {
    expect(await locationOf(`${billing.url}/v1/invoices/9?a=b`)).toBe('/api/upstream/invoices/9?a=b');
    expect(await locationOf(`${main.url}/notes`, '/invoices', billing)).toBe('/api/upstream/notes');
  });

  test('is dropped where the proxy would send it to another upstream than was meant, or to none', async () => {
    expect(await locationOf(`${main.url}/invoices`)).toBeNull();
    expect(await locationOf(`${billing.url}/v1/elsewhere`)).toBeNull();
    expect(await locationOf(`${billing.url}/v1/notes`)).toBeNull();
  });
});

describe('what one upstream has of its own', () => {
  test('is its list of headers, in both directions', async () => {
    for (const [backend, path] of [[main, '/notes'], [billing, '/invoices']] as const) {
      backend.answer((_req, res) => void res.writeHead(200, { 'X-Invoice': '7' }).end());
      const { headers } = await ada.call(`/api/upstream${path}`, { headers: { 'X-Tenant-Id': 't' } });
      const isBilling = backend === billing;
      expect([headers.get('X-Invoice'), backend.received[0]?.headers['x-tenant-id']]).toEqual(isBilling ? ['7', 't'] : [null, undefined]);
    }
  }); // prettier-ignore

  test('is its time: a slow one is given up, and readiness names it without taking the process away', async () => {
    billing.answer(() => undefined);
    const slow = await ada.call('/api/upstream/invoices');
    expect([slow.status, await codeOf(slow)]).toEqual([504, 'upstream_timeout']);
    await ada.call('/api/upstream/notes');
    const ready = await ada.call('/api/health?ready');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ upstreams: { default: 'ok', billing: 'late' } });
  });

  test('is its number of open calls: a full one refuses, and the others answer', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<() => void>();
    billing.answer((_req, res) => resolve(() => void res.end('{}')));
    const first = ada.call('/api/upstream/invoices');
    const release = await arrived;
    const refused = await ada.call('/api/upstream/invoices');
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'too_many_requests']);
    expect((await ada.call('/api/upstream/notes')).status).toBe(200);
    release();
    expect((await first).status).toBe(200);
  });

  test('bounds the anonymous calls of one address together, and leaves the sessions there alone', async () => {
    const open: (() => void)[] = [];
    catalogue.answer((_req, res) => void open.push(() => void res.end('{}')));
    const calls = [stranger().call('/api/upstream/items'), stranger().call('/api/upstream/items')];
    while (open.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const third = await stranger().call('/api/upstream/items');
    expect([third.status, await codeOf(third)]).toEqual([429, 'too_many_requests']);
    catalogue.answer((_req, res) => void res.end('{}'));
    expect((await ada.call('/api/upstream/items')).status).toBe(200);
    for (const release of open) release();
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200]);
  });
});

test('the metrics tell the answers of one upstream from those of another, and one that is down from one that is late', async () => {
  const count = async (labels: string) => {
    const text = await (await fetch(`${app.url}/api/metrics`)).text();
    return Number(new RegExp(`^reseal_upstream_answers_total\\{${labels}\\} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  const before = await count('upstream="billing",outcome="5xx"');
  billing.answer((_req, res) => void res.writeHead(503).end());
  await ada.call('/api/upstream/invoices');
  billing.answer((req) => void req.socket.destroy());
  await ada.call('/api/upstream/invoices');
  billing.answer(() => undefined);
  expect((await ada.call('/api/upstream/invoices')).status).toBe(504);
  expect(await count('upstream="billing",outcome="5xx"')).toBe(before + 1);
  expect(await count('upstream="billing",outcome="unreachable"')).toBeGreaterThanOrEqual(1);
  expect(await count('upstream="billing",outcome="late"')).toBeGreaterThanOrEqual(1);
  expect(await count('upstream="default",outcome="5xx"')).toBe(0);
});

test('the server’s own code calls each upstream by its path, and an app with upstreams in code has them behind its door', async () => {
  const reseal = createReseal({
    name: 'several upstreams in code',
    upstreamUrl: main.url,
    upstreamPaths: ['/notes'],
    upstreams: { weather: { url: weather.url, paths: ['/weather'], token: 'none' } },
    sessionPassword: 'a-password-of-thirty-two-letters-or-more',
    appUrl: 'http://localhost:3000',
    sessionStore: 'memory',
  });
  const request = new Request('http://localhost:3000/');
  expect((await reseal.upstreamFetch('/weather/today', { request })).status).toBe(200);
  expect((await reseal.upstreamFetch('/notes', { request })).status).toBe(401);
  const through = new Request('http://localhost:3000/api/upstream/weather', { headers: { 'X-Reseal': '1' } });
  expect((await reseal.fetch(through)).status).toBe(200);
  expect(seenBy()).toEqual([[], [], ['/weather/today', '/weather'], []]);
  await reseal.close();
});

test('an upstream is found by one look-up for each segment of the path, however many upstreams there are', () => {
  const others = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ paths: [`/a/b/${at}`, `/more-${at}`], issuerPaths: [] }));
  const lookups = (count: number, target: string) => {
    const find = createTargetFinder([{ paths: ['/notes'], issuerPaths: [] }, ...others(count)]);
    const get = jest.spyOn(Map.prototype, 'get');
    find(`/api/upstream${target}`);
    const { length } = get.mock.calls;
    get.mockRestore();
    return length;
  };
  expect(lookups(1, '/notes/1/2/3')).toBe(lookups(0, '/notes/1/2/3'));
  expect(lookups(7, '/notes/1/2/3')).toBe(lookups(0, '/notes/1/2/3'));
  // No deeper than the deepest prefix: a path of thousands of segments is no work.
  expect(lookups(7, '/x'.repeat(5000))).toBe(3);
});
