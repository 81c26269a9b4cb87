import { startApp } from '../support/app.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { deferred } from '../support/deferred.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { describeWithRedis } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';
import { people } from '../server/refresh/cluster.ts';

jest.setTimeout(40_000);

describeWithRedis('refreshing before three instances', () => {
  let cluster: Cluster;
  let ada: Browser;

  async function clusterWith(...args: Parameters<typeof startCluster>): Promise<void> {
    cluster = await startCluster(...args);
    ada = new Browser(cluster.url);
  }
  afterEach(() => cluster.close());

  const at = (instance: 0 | 1 | 2) => new Browser(cluster.apps[instance].url);
  const leaseOf = async (id: string) => cluster.redis.command<string | null>('GET', `reseal:{${id}}:lease`);

  test('thirty refreshes at once, spread over all instances, present the token once', async () => {
    await clusterWith({ latencyMs: { login: 0, refresh: 200, api: 0 } });
    await ada.login();
    const { cookie } = ada;
    const answers = await Promise.all(Array.from({ length: 30 }, () => ada.refresh(1, { cookie })));
    const infos = await Promise.all(answers.map(infoOf));
    expect(new Set(infos.map(({ session }) => session.version))).toEqual(new Set([2]));
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('an old seal leads to the newest pair on an instance that had no part in the refresh', async () => {
    await clusterWith();
    await ada.login();
    const { cookie } = ada;
    await at(0).refresh(1, { cookie });
    const late = await at(1).refresh(1, { cookie });
    expect((await infoOf(late)).session.version).toBe(2);
    expect((await at(2).call('/api/upstream/me', { cookie })).status).toBe(200);
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
  });

  test('every answer may be lost: the version that no one heard of is still found', async () => {
    await clusterWith();
    await ada.login();
    const { cookie } = ada;
    for (const version of [1, 2, 3, 4]) {
      const lost = await at((version % 3) as 0 | 1 | 2).refresh(version, { cookie, loseCookies: true });
      expect((await infoOf(lost)).session.version).toBe(version + 1);
    }
    expect(cluster.upstream.stats()).toMatchObject({
      refreshCalls: 4,
      maxPresentations: 1,
      reuseDetections: 0,
    });
  });

  test('P2: the free lease is no leave to present: another instance may have refreshed since one looked', async () => {
    await clusterWith();
    await ada.login();
    const { cookie } = ada;
    const looked = deferred();
    const gate = deferred();
    const { store } = cluster.apps[0].runtime;
    const slow = await startApp(cluster.upstream.url, {
      parts: {
        store: {
          ...store,
          acquire: async (...lease) => {
            looked.resolve();
            await gate.promise;
            return store.acquire(...lease);
          },
        },
      },
    });
    const late = new Browser(slow.url).refresh(1, { cookie });
    await looked.promise;
    expect((await infoOf(await at(1).refresh(1, { cookie }))).session.version).toBe(2);
    gate.resolve();
    expect((await infoOf(await late)).session.version).toBe(2);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
    // The store it used is the cluster's to close.
    await slow.close();
  });

  test('an issuer slower than the lease: the lease is prolonged, no other person presents', async () => {
    const gate = deferred();
    const settings = { refreshTimeoutMs: 1000 };
    await clusterWith({ hooks: { beforeAnswer: () => gate.promise } }, { settings });
    const { session } = await ada.login();
    const { cookie } = ada;
    const startedMs = Date.now();
    const given = at(0).refresh(1, { cookie });
    const asked: number[] = [];
    // A lease lasts four seconds here: at five, only prolonging can have kept it.
    while (Date.now() - startedMs < 5000) {
      asked.push((await at(1).refresh(1, { cookie })).status);
      expect(await leaseOf(session.id)).not.toBeNull();
    }
    expect((await given).status).toBe(503);
    expect(new Set(asked)).toEqual(new Set([503]));
    gate.resolve();
    await until(async () => (await at(2).refresh(1, { cookie })).status === 200);
    expect(cluster.upstream.stats()).toMatchObject({
      refreshCalls: 1,
      maxPresentations: 1,
      reuseDetections: 0,
    });
    // The lease is gone as soon as its work is done, not when its time is over.
    await until(async () => (await leaseOf(session.id)) === null, { withinMs: 1500 });
  });

  test('an issuer that refuses: every instance knows, and none presents the dead token again', async () => {
    await clusterWith({ accessTtlSeconds: 60, refreshTtlSeconds: 0.001 });
    await ada.login();
    const { cookie } = ada;
    expect(await codeOf(await at(0).refresh(1, { cookie }))).toBe('session_ended');
    expect(await codeOf(await at(1).refresh(1, { cookie }))).toBe('session_ended');
    expect(await codeOf(await at(2).whoAmI({ cookie }))).toBe('session_ended');
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
  });

  test('an outage of the issuer costs one call a window, of all instances together, and the first answer ends it', async () => {
    const clock = new FakeClock(Date.now());
    const users = people(12);
    const options = { users, now: () => clock.now(), faults: { refresh: [{ kind: 'status503' as const }] } };
    await clusterWith(options, { parts: { clock } });
    const browsers = users.map(() => new Browser(cluster.url));
    for (const [n, browser] of browsers.entries())
      await browser.login(users[n]!.username, users[n]!.password);
    const refreshAll = () =>
      Promise.all(browsers.map(({ cookie }, n) => at((n % 3) as 0 | 1 | 2).refresh(1, { cookie })));
    const calls = () => cluster.upstream.stats().refreshCalls;

    // One after the other, in turn at three instances: the fifth failure is everyone's.
    for (const { cookie } of browsers) expect((await ada.refresh(1, { cookie })).status).toBe(503);
    expect(calls()).toBe(5);
    for (const [window, ms] of [1000, 2000, 4000, 8000].entries()) {
      await clock.advance(ms - 1);
      await refreshAll();
      expect(calls()).toBe(5 + window);
      await clock.advance(1);
      const answers = await refreshAll();
      expect(answers.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true);
      expect(calls()).toBe(6 + window);
    }
    cluster.upstream.setOptions({ faults: { refresh: [] } });
    await clock.advance(60_000);
    await until(async () => (await refreshAll()).some(({ status }) => status === 200));
    expect((await refreshAll()).map(({ status }) => status)).toEqual(users.map(() => 200));
    expect(cluster.upstream.stats()).toMatchObject({ maxPresentations: 1, reuseDetections: 0 });
  });

  test('the grace goes from when any instance first saw the newest seal', async () => {
    await clusterWith({}, { settings: { graceMs: 300 } });
    await ada.login();
    const { cookie: old } = ada;
    const newer = at(0);
    await newer.refresh(1, { cookie: old });
    expect((await at(1).whoAmI({ cookie: old })).status).toBe(200);
    expect((await at(1).whoAmI({ cookie: newer.cookie })).status).toBe(200);
    await until(async () => (await at(2).whoAmI({ cookie: old })).status === 401, { withinMs: 3000 });
    // The stale cookie is refused, and the living session is none the worse for it.
    expect(await codeOf(await at(2).refresh(1, { cookie: old }))).toBe('session_ended');
    expect((await infoOf(await at(1).refresh(2, { cookie: newer.cookie }))).session.version).toBe(3);
    expect(cluster.upstream.stats()).toMatchObject({ reuseDetections: 0, maxPresentations: 1 });
  });
});
