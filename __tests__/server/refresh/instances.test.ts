import { closeBox } from '../../../server/store/tokenBox.ts';
import { Browser, infoOf } from '../../../testing/browser.ts';
import { gateAt, startCluster, until, waiters, type Cluster, type ClusterOptions } from './cluster.ts';
import { holdFirst } from './troubledStore.ts';

let cluster: Cluster;
let here: Browser;
let there: Browser;
let cookie: string;

async function begin(options: ClusterOptions = {}): Promise<void> {
  cluster = await startCluster({ instances: 2, ...options });
  [here, there] = cluster.apps.map(({ url }) => new Browser(url)) as [Browser, Browser];
  await here.login();
  ({ cookie } = here);
}
afterEach(() => cluster.close());

const stats = () => cluster.upstream.stats();

test('a loser of the lease waits for the winner’s result, within the deadline of its caller', async () => {
  const gate = gateAt('afterRotate');
  await begin({ hooks: gate.hooks });
  const winner = here.refresh(1);
  await gate.reached;
  const loser = there.refresh(1, { cookie });
  await waiters(cluster.apps[1]!, 1);
  await cluster.clock.advance(10_000);
  expect((await winner).status).toBe(503);
  expect((await loser).status).toBe(503);
  gate.open();
  const again = there.refresh(1, { cookie });
  await cluster.app.runtime.coordinator.idle();
  await cluster.clock.advance(1000);
  expect((await infoOf(await again)).session.version).toBe(2);
  expect(stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
});

test('a lease is kept for as long as the call runs, far beyond its own time', async () => {
  const gate = gateAt('afterRotate');
  await begin({ hooks: gate.hooks });
  void here.refresh(1).catch(() => undefined);
  await gate.reached;
  for (let round = 0; round < 5; round += 1) {
    const other = there.refresh(1, { cookie });
    await waiters(cluster.apps[1]!, 1);
    await cluster.clock.advance(10_000);
    expect((await other).status).toBe(503);
  }
  expect(stats().refreshCalls).toBe(1);
  gate.open();
  await cluster.app.runtime.coordinator.idle();
  expect((await infoOf(await here.refresh(1, { cookie }))).session.version).toBe(2);
  expect(stats().reuseDetections).toBe(0);
});

test('an instance that died with a lease leaves a pause of one timeout behind, before its token is tried again', async () => {
  await begin();
  const dead = await cluster.app.runtime.store.acquire(
    (await infoOf(await here.whoAmI())).session.id,
    13_000,
  );
  expect(dead).not.toBeNull();
  const waiting = there.refresh(1, { cookie });
  await waiters(cluster.apps[1]!, 1);
  await cluster.clock.advance(10_000);
  expect((await waiting).status).toBe(503);
  expect(stats().refreshCalls).toBe(0);
  const again = there.refresh(1, { cookie });
  await waiters(cluster.apps[1]!, 1);
  await cluster.clock.advance(3500);
  expect((await infoOf(await again)).session.version).toBe(2);
  expect(stats().refreshCalls).toBe(1);
});

test('who waits for a lease that is never given back gives up at last, and the server can stop', async () => {
  await begin();
  const { id } = (await infoOf(await here.whoAmI())).session;
  const { store, coordinator } = cluster.app.runtime;
  await store.acquire(id, 3_600_000);
  const waiting = here.refresh(1);
  await waiters(cluster.app, 1);
  await cluster.clock.advance(10_000);
  expect((await waiting).status).toBe(503);
  const idle = coordinator.idle();
  await cluster.clock.advance(75_000);
  await idle;
  expect(stats().refreshCalls).toBe(0);
});

test('an instance that stood still longer than its lease follows who moved on, and revokes nothing', async () => {
  const gate = gateAt('afterRotate');
  await begin({ hooks: gate.hooks, reuse: 'leeway', reuseLeewaySeconds: 600 });
  const still = here.refresh(1);
  await gate.reached;
  // It sleeps: time passes and its prolongations do not happen.
  cluster.clock.jump(14_000);
  const { session } = await infoOf(await there.refresh(1, { cookie }));
  gate.open();
  expect((await infoOf(await still)).session).toEqual({ ...session });
  expect(cluster.revoked).toEqual([]);
  expect(stats()).toMatchObject({ refreshCalls: 2, familiesRevoked: 0 });
});

test('an instance that stood still and is then refused looks once more, and ends nothing that has moved on', async () => {
  const gate = gateAt('beforeAnswer');
  await begin({ hooks: gate.hooks, refreshTtlSeconds: 30 });
  await cluster.clock.advance(31_000);
  const refused = here.refresh(1);
  await gate.reached;
  // Its refusal is on the way when the lease is lost and the session moves on, by a hand that we play here.
  const { id } = (await infoOf(await here.whoAmI())).session;
  const seal = (await cluster.app.runtime.cookies.open(cookie))!;
  const pair = { ...seal.pair, refreshToken: 'the next one', refreshedAtMs: cluster.clock.now() };
  const box = closeBox({ ...pair, expiresAtMs: null }, seal.boxKey, id, 2);
  await cluster.app.runtime.store.commit(id, { version: 2, box, refreshedAtMs: cluster.clock.now() }, 60_000);
  gate.open();
  expect((await infoOf(await refused)).session.version).toBe(2);
  expect((await here.whoAmI()).status).toBe(200);
});

test('a release that never arrives costs the next refresh a pause, not the session', async () => {
  await begin();
  cluster.trouble.down = (call) => call === 'lease.release';
  expect((await infoOf(await here.refresh(1))).session.version).toBe(2);
  cluster.trouble.down = () => false;
  const next = here.refresh(2);
  await waiters(cluster.app, 1);
  await cluster.clock.advance(10_000);
  expect((await next).status).toBe(503);
  const again = here.refresh(2);
  await waiters(cluster.app, 1);
  await cluster.clock.advance(3500);
  expect((await infoOf(await again)).session.version).toBe(3);
  expect(stats().reuseDetections).toBe(0);
});

test('a commit whose answer was lost is found to have happened, and nothing is revoked', async () => {
  await begin();
  const held = holdFirst(cluster.trouble, 'commit', 'after');
  const refresh = here.refresh(1, { loseCookies: true });
  await held.reached;
  cluster.trouble.after = (call) => (call === 'commit' ? Promise.reject(new Error('lost')) : undefined);
  held.open();
  expect((await infoOf(await refresh)).session.version).toBe(2);
  expect((await infoOf(await there.refresh(1, { cookie }))).session.version).toBe(2);
  await until(() => stats().refreshCalls === 1);
  expect(cluster.revoked).toEqual([]);
});
