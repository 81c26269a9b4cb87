import { closeBox, newBoxKey } from '../../../server/store/tokenBox.ts';
import { createShutdown } from '../../../server/ops/shutdown.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import {
  counted,
  gateAt,
  startCluster,
  times,
  until,
  waiters,
  type Cluster,
  type ClusterOptions,
} from './cluster.ts';

let cluster: Cluster;
let ada: Browser;

async function begin(options?: ClusterOptions): Promise<void> {
  cluster = await startCluster(options);
  ada = new Browser(cluster.app.url);
  await ada.login();
}
afterEach(() => cluster.close());

describe('while the store is out of reach', () => {
  test('reads go on by the seal alone, counted and logged', async () => {
    await begin();
    cluster.trouble.down = () => true;
    expect((await infoOf(await ada.whoAmI())).session.version).toBe(1);
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
    expect(await counted(cluster.app, 'blindReads')).toBe(2);
    expect(cluster.app.logged()).toContain('a session was read without the store');
  });

  test('reads without the store are logged once for each outage, however many requests there are', async () => {
    await begin();
    const lines = () => cluster.app.logged().split('a session was read without the store').length - 1;
    for (const outages of [1, 2]) {
      cluster.trouble.down = () => true;
      await Promise.all(Array.from({ length: 20 }, () => ada.whoAmI()));
      expect(lines()).toBe(outages);
      cluster.trouble.down = () => false;
      expect((await ada.whoAmI()).status).toBe(200);
      await cluster.clock.advance(120_000);
    }
    expect(await counted(cluster.app, 'blindReads')).toBe(40);
  });

  test('a refresh is refused for now, presents nothing, and leaves the cookie as it is', async () => {
    await begin();
    const { cookie } = ada;
    cluster.trouble.down = () => true;
    const answer = await ada.refresh(1);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await codeOf(answer)).toBe('upstream_unavailable');
    expect(ada.cookie).toBe(cookie);
    expect(cluster.upstream.stats().refreshCalls).toBe(0);
    cluster.trouble.down = () => false;
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
  });

  test.each(['read', 'acquire', 'failures'] as const)(
    'a refresh that fails at %s presents nothing either',
    async (failing) => {
      await begin();
      let calls = 0;
      // The first read is that of the request.
      cluster.trouble.down = (call) => call === failing && (failing !== 'read' || (calls += 1) > 1);
      expect((await ada.refresh(1)).status).toBe(503);
      expect(cluster.upstream.stats().refreshCalls).toBe(0);
      cluster.trouble.down = () => false;
      await cluster.clock.advance(13_000);
      expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    },
  );

  test('the deadlines inside the seal hold all the same', async () => {
    await begin();
    cluster.trouble.down = () => true;
    await cluster.clock.advance(14 * 86_400_000);
    expect(await codeOf(await ada.whoAmI())).toBe('session_ended');
  });
});

describe('a store that fails when the issuer has already rotated', () => {
  async function refreshUnrecorded(): Promise<string> {
    const { cookie } = ada;
    cluster.trouble.down = (call) => call === 'commit';
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    return cookie;
  }

  test('lets the caller have the pair, and is caught up as soon as it is back', async () => {
    await begin({ instances: 2 });
    const old = await refreshUnrecorded();
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
    expect(cluster.app.logged()).toContain('a refresh cannot be recorded yet');
    cluster.trouble.down = () => false;
    await cluster.clock.advance(250);
    const elsewhere = new Browser(cluster.apps[1]!.url);
    expect((await infoOf(await elsewhere.refresh(1, { cookie: old }))).session.version).toBe(2);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
  });

  test('lets anyone who still comes with the old seal join, even while nothing can be read', async () => {
    await begin();
    const old = await refreshUnrecorded();
    expect((await infoOf(await ada.refresh(1, { cookie: old }))).session.version).toBe(2);
    cluster.trouble.down = () => true;
    expect((await infoOf(await ada.refresh(1, { cookie: old }))).session.version).toBe(2);
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
  });

  test('keeps the lease, so that another instance does not present the old token in the meantime', async () => {
    await begin({ instances: 2 });
    const old = await refreshUnrecorded();
    const elsewhere = new Browser(cluster.apps[1]!.url);
    const waiting = elsewhere.refresh(1, { cookie: old });
    await waiters(cluster.apps[1]!, 1);
    await cluster.clock.advance(5000);
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
    cluster.trouble.down = () => false;
    await cluster.clock.advance(1000);
    expect((await infoOf(await waiting)).session.version).toBe(2);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
  });

  test('answers "not now", not the same pair again, to anyone who saw that very pair die', async () => {
    await begin();
    await refreshUnrecorded();
    const answer = await ada.refresh(2);
    expect([answer.status, await codeOf(answer)]).toEqual([503, 'upstream_unavailable']);
    cluster.trouble.down = () => false;
    await cluster.clock.advance(250);
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
  });

  test('revokes the pair where the session was ended before it could be recorded', async () => {
    await begin();
    const old = await refreshUnrecorded();
    await ada.call('/api/logout', { method: 'POST', json: {}, cookie: old, loseCookies: true });
    expect(new Set(cluster.revoked).size).toBe(1);
    cluster.trouble.down = () => false;
    await cluster.clock.advance(250);
    await until(() => new Set(cluster.revoked).size === 2);
    expect(await codeOf(await ada.whoAmI())).toBe('session_ended');
  });

  test('is tried again for as long as the session may live, and not a moment longer', async () => {
    await begin({ app: { settings: { idleMs: 300_000 } } });
    await refreshUnrecorded();
    let isIdle = false;
    const idle = cluster.app.runtime.coordinator.idle().then(() => (isIdle = true));
    // The event loop turns in the meantime: who waits must not spin.
    await until(async () => (await ada.whoAmI()).status === 200);
    await cluster.clock.advance(299_999);
    expect(isIdle).toBe(false);
    await cluster.clock.advance(1);
    await idle;
  });

  test('keeps a server from stopping, but within a bound, and it says so', async () => {
    await begin();
    await refreshUnrecorded();
    let isStopped = false;
    const { runtime } = cluster.app;
    // The cluster closes the rest.
    const stopped = createShutdown({ ...runtime, close: runtime.coordinator.idle }, new Set())
      .stop(0)
      .then(() => (isStopped = true));
    await cluster.clock.advance(64_000);
    expect(isStopped).toBe(false);
    await cluster.clock.advance(2000);
    await stopped;
    expect(cluster.app.logged()).toContain('stopped with a refresh still in flight');
  });
});

test('a box that does not open ends its session, and is told loudly', async () => {
  await begin();
  const { id } = (await infoOf(await ada.whoAmI())).session;
  const pair = { accessToken: 'forged', refreshToken: 'forged', expiresAtMs: null, refreshedAtMs: 1 };
  const box = closeBox(pair, newBoxKey(), id, 2);
  const refreshedAtMs = cluster.clock.now();
  await cluster.app.runtime.store.commit(id, { version: 2, box, refreshedAtMs }, 60_000);
  for (const answer of [await ada.whoAmI(), await ada.refresh(1), await ada.call('/api/upstream/me')]) {
    expect(await codeOf(answer)).toBe('session_ended');
  }
  expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 0, apiCalls: 0 });
  expect(cluster.app.logged()).toMatch(/"level":50.*a box does not open/);
});

describe('a restart', () => {
  test('inside the grace is noticed by no one who has the newest seal', async () => {
    await begin();
    await ada.refresh(1);
    const restarted = new Browser((await cluster.start({ ownMemory: true })).url);
    const { cookie } = ada;
    expect((await infoOf(await restarted.whoAmI({ cookie }))).session.version).toBe(2);
    const refreshes = await Promise.all(times(10, () => restarted.refresh(2, { cookie })));
    const infos = await Promise.all(refreshes.map(infoOf));
    expect(infos.map(({ session }) => session.version)).toEqual(times(10, () => 3));
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 2, reuseDetections: 0 });
  });

  test('waits for the refreshes that are under way, so that none of their pairs is lost', async () => {
    const gate = gateAt('afterRotate');
    await begin({ hooks: gate.hooks });
    const refresh = ada.refresh(1);
    await gate.reached;
    const idle = cluster.app.runtime.coordinator.idle();
    gate.open();
    await Promise.all([idle, refresh]);
    const restarted = new Browser((await cluster.start({ ownMemory: true })).url);
    expect((await infoOf(await restarted.whoAmI({ cookie: ada.cookie }))).session.version).toBe(2);
  });
});
