/** @jest-environment node */
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { memoryStore } from '../../../server/store/tableStore.ts';
import { startApp, type App, type AppOptions } from '../../support/app.ts';
import { troubledStore } from '../refresh/troubledStore.ts';
import { deferred } from '../../support/deferred.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import {
  rejected,
  resourceApp,
  startResourceBackend,
  type ResourceBackend,
  type ResourceBackendOptions,
} from '../../support/resourceBackend.ts';

const NAMES = ['billing', 'orders', 'search'] as const;
let clock: FakeClock;
let backend: ResourceBackend;
let apps: App[];
let ada: Browser;

async function begin(options: ResourceBackendOptions & { instances?: number; app?: AppOptions } = {}) {
  const { instances = 1, app = {}, ...more } = options;
  if (!app.parts?.store) clock = new FakeClock();
  backend = await startResourceBackend({ now: () => clock.now(), ...more });
  const store = memoryStore(clock);
  apps = [];
  for (let n = 0; n < instances; n += 1)
    apps.push(
      await startApp(
        backend.url,
        resourceApp(backend, NAMES, { ...app, parts: { clock, store, ...app.parts } }),
      ),
    );
  ada = new Browser(apps[0]!.url);
  await ada.login();
}
afterEach(async () => {
  await Promise.all([...apps.map((app) => app.close()), clock.advance(600_000)]);
  await backend.close();
});

const get = (target: string, options = {}) => ada.call(`/api/upstream/${target}/1`, options);
const statusOf = async (target: string, options = {}) => (await get(target, options)).status;
const versionOf = (answer: Response) => Number(answer.headers.get('x-reseal-version'));

test('the first call of each resource obtains its token, once for all callers, and the session’s own stays', async () => {
  await begin();
  const targets = [...NAMES, 'own'].flatMap((name) => Array<string>(10).fill(name));
  const answers = await Promise.all(targets.map((target) => get(target)));
  expect(answers.map(({ status }) => status)).toEqual(targets.map(() => 200));
  expect(backend.asked.toSorted()).toEqual([...NAMES]);
  expect([backend.reuses, backend.strays]).toEqual([0, []]);
  expect((await infoOf(await ada.whoAmI())).session.version).toBe(4);
});

test('the proxy writes no cookie for a token that it obtained, and its size does not grow with the resources', async () => {
  await begin({ bytes: 1000 });
  await infoOf(await ada.refresh());
  const bytes = ada.cookie.length;
  for (const name of NAMES) {
    const answer = await get(name);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
  }
  await infoOf(await ada.refresh());
  expect(Math.abs(ada.cookie.length - bytes)).toBeLessThan(100);
});

test('the server’s own code receives the answer of a resource, and a refused token is replaced once for it', async () => {
  await begin();
  const { upstreamFetch } = apps[0]!.runtime;
  const call = () =>
    upstreamFetch('/billing/1', { method: 'POST', body: 'x' }, { headers: { cookie: ada.cookie } });
  expect((await call()).status).toBe(200);
  backend.expire('billing');
  const answers = await Promise.all([call(), call(), call()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect([backend.asked, backend.reuses]).toEqual([['billing', 'billing'], 0]);
});

test('an anonymous call of an upstream that allows it asks for no token', async () => {
  await begin({ app: { env: { UPSTREAM_SEARCH_TOKEN: 'user-or-none' } } });
  const stranger = new Browser(apps[0]!.url);
  expect(await codeOf(await stranger.call('/api/upstream/search/1'))).toBe('no_session');
  expect(backend.asked).toEqual([]);
  expect(await statusOf('search')).toBe(200);
});

describe('a token that the upstream refuses before its time', () => {
  test('is named by its version where the browser can ask for it, and POST /api/user replaces that one alone', async () => {
    await begin();
    expect(await statusOf('billing')).toBe(200);
    backend.expire('billing');
    const refusal = await get('billing');
    expect([refusal.status, await codeOf(refusal), versionOf(refusal)]).toEqual([401, 'token_expired', 2]);
    const { session } = await infoOf(await ada.refresh(2));
    expect([session.version, session.expiresInMs]).toEqual([3, 60_000]);
    expect(backend.asked).toEqual(['billing', 'billing']);
    expect(await statusOf('billing')).toBe(200);
    expect(await statusOf('own')).toBe(200);
  });

  test('is replaced by the proxy where another token was obtained since', async () => {
    await begin();
    for (const name of NAMES) expect(await statusOf(name)).toBe(200);
    await ada.refresh();
    backend.expire();
    for (const name of [...NAMES, 'own']) {
      const answer = await get(name);
      expect([name, answer.status, answer.headers.getSetCookie()]).toEqual([name, 200, []]);
    }
    // The cookie is two refreshes of each token behind, and catches up without another one.
    expect((await infoOf(await ada.refresh(5))).session.version).toBe(9);
    expect(backend.asked).toHaveLength(8);
    expect([backend.reuses, backend.strays]).toEqual([0, []]);
  });

  test('and came with a body is replaced for the next try, which the version of the answer asks for', async () => {
    await begin();
    expect(await statusOf('billing')).toBe(200);
    await ada.refresh();
    backend.expire('billing');
    const upload = { method: 'POST', body: 'a body that is sent once' };
    const refusal = await get('billing', upload);
    expect([await codeOf(refusal), versionOf(refusal)]).toEqual(['token_expired', 2]);
    expect(await statusOf('billing', upload)).toBe(200);
    expect(backend.asked).toEqual(['billing', 'own', 'billing']);
  });

  test('and came with a body is replaced for a next try that goes to another instance', async () => {
    await begin({ instances: 2 });
    expect(await statusOf('billing')).toBe(200);
    await ada.refresh();
    backend.expire('billing');
    const upload = { method: 'POST', body: 'a body that is sent once', cookie: ada.cookie };
    expect(versionOf(await get('billing', upload))).toBe(2);
    const there = new Browser(apps[1]!.url);
    expect((await there.call('/api/upstream/billing/1', upload)).status).toBe(200);
    expect([backend.asked, backend.reuses]).toEqual([['billing', 'own', 'billing'], 0]);
  });

  test('and came with a body, with a version that the browser may ask for, is replaced before a body is sent again', async () => {
    await begin();
    expect(await statusOf('billing')).toBe(200);
    const upload = { method: 'POST', body: 'a body that is sent once' };
    backend.expire();
    expect(versionOf(await get('billing', upload))).toBe(2);
    // Another token is replaced first, so that the browser can no longer ask for this one.
    expect(await statusOf('own')).toBe(200);
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
    expect(await statusOf('billing', upload)).toBe(200);
    expect(backend.asked).toEqual(['billing', 'own', 'billing']);
  });
});

describe('POST /api/user', () => {
  test('without a version refreshes the session’s own token, whatever was obtained since', async () => {
    await begin();
    await get('billing');
    const { session } = await infoOf(await ada.refresh());
    expect([session.version, backend.asked]).toEqual([3, ['billing', 'own']]);
    await get('orders');
    await get('billing');
    await infoOf(await ada.refresh());
    expect(backend.asked).toEqual(['billing', 'own', 'orders', 'own']);
  });

  test('without a version, from a cookie whose version is a resource’s, refreshes the session’s own token', async () => {
    await begin();
    await get('billing');
    await infoOf(await ada.refresh(2));
    const { session } = await infoOf(await ada.refresh());
    expect([session.version, backend.asked]).toEqual([4, ['billing', 'billing', 'own']]);
  });

  test('with an older version brings the cookie up to date, and refreshes no token that lives', async () => {
    await begin();
    for (const name of NAMES) await get(name);
    const { session } = await infoOf(await ada.refresh(1));
    expect([session.version, backend.asked]).toEqual([4, [...NAMES]]);
  });

  test('with the version of a token that was replaced since is answered at once', async () => {
    await begin();
    await get('billing');
    backend.expire('billing');
    await infoOf(await ada.refresh(2));
    const { session } = await infoOf(await ada.refresh(2));
    expect([session.version, backend.asked]).toEqual([3, ['billing', 'billing']]);
  });

  test('with the version of a resource’s token that was replaced since refreshes nothing, although the own token has expired', async () => {
    await begin();
    await get('billing');
    await clock.advance(61_000);
    // The proxy replaces both, for reads that are not the browser’s to repeat.
    const read = { headers: { Cookie: ada.cookie, 'Sec-Fetch-Site': 'same-origin' } };
    for (const name of ['billing', 'orders'])
      expect((await fetch(`${apps[0]!.url}/api/upstream/${name}/1`, read)).status).toBe(200);
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(4);
    expect(backend.asked).toEqual(['billing', 'billing', 'orders']);
  });

  test('says for how long the token lives that was obtained at its version', async () => {
    await begin();
    await clock.advance(10_000);
    await get('billing');
    await clock.advance(10_000);
    const own = await infoOf(await ada.whoAmI());
    expect([own.session.version, own.session.expiresInMs]).toEqual([2, 50_000]);
  });
});

describe('a resource that the issuer refuses', () => {
  test.each(['invalid_target', 'invalid_scope', 'access_denied'])(
    'with %s is an error of its upstream: the session goes on, and the issuer is asked again after a minute',
    async (word) => {
      await begin();
      backend.answer('billing', () => rejected(word));
      for (let n = 0; n < 3; n += 1) {
        const answer = await get('billing');
        expect([answer.status, await codeOf(answer)]).toEqual([502, 'upstream_refused']);
      }
      expect(backend.asked).toEqual(['billing']);
      expect([await statusOf('orders'), await statusOf('own')]).toEqual([200, 200]);
      expect((await infoOf(await ada.refresh())).session.version).toBe(3);
      expect(apps[0]!.logged()).toContain('https://billing.example');
      backend.answer('billing', null);
      expect(await statusOf('billing')).toBe(502);
      await clock.advance(60_000);
      expect(await statusOf('billing')).toBe(200);
      expect(backend.reuses).toBe(0);
    },
  );

  test('after it gave tokens before: POST /api/user answers with the newest pair, and the replay is 502', async () => {
    await begin();
    await get('billing');
    backend.answer('billing', () => rejected('invalid_target'));
    backend.expire('billing');
    expect(versionOf(await get('billing'))).toBe(2);
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(2);
    expect(await codeOf(await get('billing'))).toBe('upstream_refused');
    expect(await statusOf('own')).toBe(200);
  });

  test('again and again does not end the session, as rejected refreshes of its own token do', async () => {
    await begin();
    backend.answer('billing', () => rejected('access_denied'));
    for (let n = 0; n < 8; n += 1) {
      expect(await statusOf('billing')).toBe(502);
      await clock.advance(61_000);
      await new Browser(apps[0]!.url).login('grace');
    }
    expect((await ada.refresh()).status).toBe(200);
  });

  test('is not refused to another session', async () => {
    await begin();
    backend.answer('billing', () => rejected('invalid_target'));
    expect(await statusOf('billing')).toBe(502);
    backend.answer('billing', null);
    const grace = new Browser(apps[0]!.url);
    await grace.login('grace');
    expect((await grace.call('/api/upstream/billing/1')).status).toBe(200);
    expect(await statusOf('billing')).toBe(502);
  });
});

test('a dead refresh token ends the session, whichever token it was presented for', async () => {
  await begin();
  backend.answer('billing', () => ({ kind: 'refused' }));
  expect(await codeOf(await get('billing'))).toBe('session_ended');
  expect(await codeOf(await get('own'))).toBe('session_ended');
});

describe('when the session ends', () => {
  test('by a logout, the newest refresh token is revoked, although a resource’s token came with it', async () => {
    await begin();
    await get('billing');
    await get('orders');
    await ada.logout();
    expect(backend.revoked).toContain('refresh-3');
  });

  test('while a resource’s token is on its way, that answer is revoked, and the call is refused', async () => {
    await begin();
    const held = deferred<null>();
    backend.answer('billing', () => held.promise);
    const call = get('billing');
    while (backend.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const { cookie } = ada;
    await ada.logout();
    held.resolve(null);
    expect(await codeOf(await call)).toBe('session_ended');
    expect(backend.revoked).toContain('refresh-2');
    expect(await codeOf(await get('own', { cookie }))).toBe('session_ended');
  });
});

describe('the grace period', () => {
  test('ends for older cookies, while the newest keeps its tokens of resources', async () => {
    await begin({ ttlMs: 3_600_000 });
    const { cookie } = ada;
    await get('billing');
    await infoOf(await ada.refresh());
    expect(await statusOf('billing')).toBe(200);
    expect(await statusOf('billing', { cookie })).toBe(200);
    await clock.advance(300_000);
    for (let n = 0; n < 3; n += 1) {
      expect(await statusOf('billing')).toBe(200);
      expect(await codeOf(await get('billing', { cookie }))).toBe('session_ended');
      expect(await codeOf(await ada.refresh(1, { cookie }))).toBe('session_ended');
    }
    expect(backend.asked).toEqual(['billing', 'own']);
    expect(backend.reuses).toBe(0);
  });
});

describe('a store that lost its memory', () => {
  test('costs a new token of each resource, and the session goes on', async () => {
    await begin();
    await get('billing');
    await infoOf(await ada.refresh());
    await get('billing');
    const restarted = await startApp(
      backend.url,
      resourceApp(backend, NAMES, { parts: { clock, store: memoryStore(clock) } }),
    );
    apps.push(restarted);
    const there = new Browser(restarted.url);
    const answer = await there.call('/api/upstream/billing/1', { cookie: ada.cookie });
    expect([answer.status, backend.asked]).toEqual([200, ['billing', 'own', 'billing']]);
    expect(backend.reuses).toBe(0);
  });
});

describe('while the store is out of reach', () => {
  test('a resource’s token is unknown, and the session’s own serves on', async () => {
    clock = new FakeClock();
    const { store, trouble } = troubledStore(memoryStore(clock));
    await begin({ app: { parts: { store } } });
    expect(await statusOf('billing')).toBe(200);
    await infoOf(await ada.refresh());
    trouble.down = () => true;
    const answer = await get('billing');
    expect([answer.status, await codeOf(answer)]).toEqual([503, 'upstream_unavailable']);
    expect(await statusOf('own')).toBe(200);
    trouble.down = () => false;
    expect(await statusOf('billing')).toBe(200);
    expect(backend.asked).toEqual(['billing', 'own']);
  });

  test('a token that could not be recorded serves its caller, and is recorded when the store is back', async () => {
    clock = new FakeClock();
    const { store, trouble } = troubledStore(memoryStore(clock));
    await begin({ app: { parts: { store } } });
    trouble.down = (call) => call === 'commit';
    expect(await statusOf('billing')).toBe(200);
    trouble.down = () => false;
    await clock.advance(300);
    await apps[0]!.runtime.coordinator.idle();
    expect(await statusOf('billing')).toBe(200);
    expect([backend.asked, backend.reuses]).toEqual([['billing'], 0]);
  });
});

test('a token is not sent to a resource that took the place of its own in the settings', async () => {
  await begin();
  await get('billing');
  const store = apps[0]!.runtime.store;
  const moved = resourceApp(backend, NAMES, {
    env: { UPSTREAM_BILLING_RESOURCE: 'https://orders.example' },
    parts: { clock, store },
  });
  const app = await startApp(backend.url, moved);
  apps.push(app);
  const answer = await new Browser(app.url).call('/api/upstream/billing/1', { cookie: ada.cookie });
  expect(answer.status).toBe(401);
  expect(backend.asked).toEqual(['billing', 'orders']);
  expect(new Set(backend.strays)).toEqual(new Set(['orders at billing']));
});
