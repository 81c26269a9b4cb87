import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import {
  counted,
  gateAt,
  people,
  startCluster,
  times,
  waiters,
  type Cluster,
  type ClusterOptions,
} from './cluster.ts';
import { holdFirst } from './troubledStore.ts';

let cluster: Cluster;
let ada: Browser;

async function begin(options?: ClusterOptions): Promise<void> {
  cluster = await startCluster(options);
  ada = new Browser(cluster.app.url);
  await ada.login();
}
afterEach(() => cluster.close());

const versions = (answers: Response[]) =>
  Promise.all(answers.map(async (answer) => (await infoOf(answer)).session.version));

describe('many callers at once', () => {
  test('fifty refreshes of one session cost one call at the issuer, and all fifty get the pair', async () => {
    const gate = gateAt('beforeRefresh');
    await begin({ hooks: gate.hooks });
    const refreshes = times(50, () => ada.refresh(1, { loseCookies: true }));
    await waiters(cluster.app, 50);
    gate.open();
    const answers = await Promise.all(refreshes);
    expect(await versions(answers)).toEqual(times(50, () => 2));
    expect(answers.map((answer) => answer.headers.getSetCookie().length)).toEqual(times(50, () => 2));
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
    expect(await counted(cluster.app, 'joined')).toBe(49);
  });

  test('fifty refreshes over three instances cost one call at the issuer', async () => {
    const gate = gateAt('beforeRefresh');
    await begin({ hooks: gate.hooks, instances: 3 });
    const { cookie } = ada;
    const refreshes = times(48, (n) => new Browser(cluster.apps[n % 3]!.url).refresh(1, { cookie }));
    await Promise.all(cluster.apps.map((app) => waiters(app, 16)));
    gate.open();
    await cluster.app.runtime.coordinator.idle();
    // The losers look again at their own pace.
    await cluster.clock.advance(250);
    expect(await versions(await Promise.all(refreshes))).toEqual(times(48, () => 2));
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
  });

  test('a version that no one ever had costs a crowd one call like any other', async () => {
    await begin();
    const answers = await Promise.all(times(20, () => ada.refresh(9_999, { loseCookies: true })));
    expect(await versions(answers)).toEqual(times(20, () => 2));
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
  });

  test('a hundred upstream refusals, although the clock calls the token good, lead to one refresh', async () => {
    await begin({ accessTtlSeconds: 3600 });
    cluster.upstream.expireAccessTokens();
    const refusals = await Promise.all(times(100, () => ada.call('/api/upstream/me')));
    expect(new Set(await Promise.all(refusals.map(codeOf)))).toEqual(new Set(['token_expired']));
    expect(new Set(refusals.map(({ headers }) => headers.get('x-reseal-version')))).toEqual(new Set(['1']));
    const refreshes = await Promise.all(times(100, () => ada.refresh(1)));
    expect(await versions(refreshes)).toEqual(times(100, () => 2));
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
  });

  test('sixty people who refresh at once each get their own', async () => {
    await begin({ users: [...people(60), { id: 'a', username: 'ada', password: 'lovelace', name: 'Ada' }] });
    const browsers = times(60, () => new Browser(cluster.app.url));
    // One after the other: the login throttle counts what is under way.
    for (const [n, browser] of browsers.entries()) await browser.login(`person-${n}`, 'secret');
    const refreshes = await Promise.all(
      browsers.flatMap((browser) => times(3, () => browser.refresh(1).then(infoOf))),
    );
    const own = browsers.flatMap((_, n) => times(3, () => [`person-${n}`, 2]));
    expect(refreshes.map(({ user, session }) => [user.id, session.version])).toEqual(own);
    const bearers = await Promise.all(browsers.map((browser) => browser.call('/api/upstream/me')));
    const names = (await Promise.all(bearers.map((answer) => answer.json()))) as { id: string }[];
    expect(names.map(({ id }) => id)).toEqual(times(60, (n) => `person-${n}`));
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 60, reuseDetections: 0 });
  });
});

describe('a caller who comes late', () => {
  test.each([1, 20_000])('by %i ms after a refresh settled is served from the record', async (ms) => {
    await begin();
    const { cookie } = ada;
    const { session } = await infoOf(await ada.refresh(1));
    await cluster.clock.advance(ms);
    const late = await infoOf(await ada.refresh(1, { cookie }));
    // Sealed after the fact: the times are those of the refresh, not new ones.
    expect(late.session).toEqual({ ...session, expiresInMs: 60_000 - ms, endsInMs: session.endsInMs - ms });
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
    expect(await counted(cluster.app, 'saved')).toBe(1);
  });

  test('and names no version means that of its cookie', async () => {
    await begin();
    const { cookie } = ada;
    expect((await infoOf(await ada.refresh())).session.version).toBe(2);
    expect((await infoOf(await ada.refresh(undefined, { cookie }))).session.version).toBe(2);
    expect((await infoOf(await ada.refresh())).session.version).toBe(3);
    expect(cluster.upstream.stats().refreshCalls).toBe(2);
  });

  test('with a cookie two generations old is led to the newest pair, by the proxy too', async () => {
    await begin();
    const { cookie } = ada;
    await ada.refresh(1);
    await ada.refresh(2);
    expect((await infoOf(await ada.whoAmI({ cookie }))).session.version).toBe(3);
    expect((await infoOf(await ada.refresh(1, { cookie }))).session.version).toBe(3);
    expect((await ada.call('/api/upstream/me', { cookie })).status).toBe(200);
    expect(cluster.upstream.stats().refreshCalls).toBe(2);
  });

  test('past the grace has lost its session, while the living one goes on and the issuer sees no reuse', async () => {
    await begin({ accessTtlSeconds: 3600 });
    const { cookie } = ada;
    await ada.refresh(1);
    await ada.whoAmI();
    await cluster.clock.advance(299_000);
    expect((await ada.whoAmI({ cookie })).status).toBe(200);
    await cluster.clock.advance(1000);
    for (const answer of [await ada.whoAmI({ cookie }), await ada.refresh(1, { cookie })]) {
      expect(await codeOf(answer)).toBe('session_ended');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
    expect(cluster.upstream.stats()).toMatchObject({
      refreshCalls: 2,
      reuseDetections: 0,
      familiesRevoked: 0,
    });
  });

  test('and saw a newer version die than the refresh brought that he joined gets a newer one yet', async () => {
    await begin({ instances: 2 });
    const [here, there] = cluster.apps.map(({ url }) => new Browser(url));
    const { cookie } = ada;
    // Here a refresh is held up before its lease; there another one has already made version 2.
    const held = holdFirst(cluster.trouble, 'acquire');
    const first = here!.refresh(1, { cookie });
    await held.reached;
    there!.store(await there!.refresh(1, { cookie }));
    const second = here!.refresh(2, { cookie: there!.cookie });
    await waiters(cluster.app, 2);
    held.open();
    expect((await infoOf(await first)).session.version).toBe(2);
    expect((await infoOf(await second)).session.version).toBe(3);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 2, reuseDetections: 0 });
  });

  test('is not signed out by a refresh that he joined and whose older seal was past the grace', async () => {
    await begin({ instances: 2 });
    const { cookie } = ada;
    await ada.refresh(1);
    await ada.whoAmI();
    await cluster.clock.advance(299_990);
    const held = holdFirst(cluster.trouble, 'acquire');
    const stale = ada.refresh(1, { cookie, loseCookies: true });
    await held.reached;
    await cluster.clock.advance(10);
    const living = ada.refresh(2);
    await waiters(cluster.app, 2);
    held.open();
    expect(await codeOf(await stale)).toBe('session_ended');
    expect((await infoOf(await living)).session.version).toBe(3);
    expect(cluster.upstream.stats().reuseDetections).toBe(0);
  });
});

describe('a browser that leaves', () => {
  test('in the middle of a refresh loses nothing: its next call finds the pair', async () => {
    const gate = gateAt('afterRotate');
    await begin({ hooks: gate.hooks });
    const leaving = new AbortController();
    const refresh = ada.refresh(1, { signal: leaving.signal }).catch((error: Error) => error.name);
    await gate.reached;
    leaving.abort();
    expect(await refresh).toBe('AbortError');
    gate.open();
    await cluster.app.runtime.coordinator.idle();
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
  });

  test('first of ten callers takes none of the others with it', async () => {
    const gate = gateAt('beforeRefresh');
    await begin({ hooks: gate.hooks });
    const leaving = new AbortController();
    const first = ada.refresh(1, { signal: leaving.signal }).catch((error: Error) => error.name);
    await gate.reached;
    const others = times(9, () => ada.refresh(1));
    await waiters(cluster.app, 10);
    leaving.abort();
    expect(await first).toBe('AbortError');
    gate.open();
    expect(await versions(await Promise.all(others))).toEqual(times(9, () => 2));
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
  });
});

describe('answers that arrive out of order', () => {
  test('an older Set-Cookie that is delivered last leads to the newest pair all the same', async () => {
    await begin();
    const second = await ada.refresh(1);
    await ada.refresh(2);
    ada.store(second);
    expect(ada.jar.get('reseal_hint')).toMatch(/\.2$/);
    expect((await infoOf(await ada.whoAmI())).session.version).toBe(3);
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
    expect((await infoOf(await ada.refresh(3))).session.version).toBe(4);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 3, reuseDetections: 0 });
  });

  test('a loser’s refusal that is delivered last leaves the winner’s cookie alone', async () => {
    const gate = gateAt('afterRotate');
    await begin({ hooks: gate.hooks });
    const losing = ada.refresh(1, { loseCookies: true });
    await waiters(cluster.app, 1);
    await gate.reached;
    await cluster.clock.advance(10_000);
    const refusal = await losing;
    expect(refusal.status).toBe(503);
    gate.open();
    await ada.refresh(1);
    const { cookie } = ada;
    ada.store(refusal);
    expect(ada.cookie).toBe(cookie);
    expect((await infoOf(await ada.whoAmI())).session.version).toBe(2);
  });
});
