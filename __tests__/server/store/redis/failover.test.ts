import { createUpstream, type Upstream } from '../../../../upstream/createUpstream.ts';
import { NO_FAILURES } from '../../../../server/store/outage.ts';
import { slotOf } from '../../../../server/store/redis/slot.ts';
import { startApp, type App } from '../../../support/app.ts';
import { Browser, infoOf } from '../../../../testing/browser.ts';
import { startRedisCluster, type RedisCluster } from '../../../../testing/redisCluster.ts';
import { startSentinelGroup, type SentinelGroup } from '../../../../testing/redisSentinel.ts';
import { describeWithRedis, type RedisServer } from '../../../../testing/redisServer.ts';
import { livingAmong, startRefreshLoad, type Load } from '../../../../testing/refreshLoad.ts';
import { until, works } from '../../../../testing/until.ts';

jest.setTimeout(120_000);

/** Replication is asynchronous: what a primary answered so shortly before it died may have died with it. */
const REPLICATION_MS = 500;

let upstream: Upstream;
let apps: App[] = [];
beforeEach(async () => void (upstream = await createUpstream()));
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await upstream.close();
});

async function startApps(redisUrl: string): Promise<string[]> {
  const start = () =>
    startApp(upstream.url, {
      env: { REDIS_URL: redisUrl, REFRESH_TIMEOUT_MS: '2000', TRUSTED_PROXIES: '0' },
    });
  apps = [await start(), await start()];
  for (const { url } of apps)
    await until(async () => (await fetch(`${url}/api/health?ready`)).status === 200, { what: 'readiness' });
  return apps.map(({ url }) => url);
}

/** Waits until the load has refreshed so many times more. */
async function moreRefreshes(load: Load, count: number): Promise<void> {
  const before = load.refreshes();
  await until(() => load.refreshes() >= before + count, {
    withinMs: 60_000,
    what: `${count} more refreshes`,
  });
}

/** The Sentinels cut the connections of a server that they reconfigure. */
const roleOf = async (redis: RedisServer) => (await redis.command<string[]>('ROLE').catch(() => []))[0];

/** A session whose keys the n-th of three primaries keeps. */
function ghostOf(n: number): string {
  for (let i = 0; ; i += 1) if (Math.floor((slotOf(`{ghost-${i}}`) * 3) / 16_384) === n) return `ghost-${i}`;
}

/** Writes while the store is away: what is refused must not be done later. */
async function expectRefused(session: string): Promise<void> {
  const { store } = apps[0]!.runtime;
  const failures = { ...NO_FAILURES, failures: 1 };
  const writes = Array.from({ length: 5 }, () => works(store.setFailures(session, failures, 60_000)));
  expect(await Promise.all(writes)).toEqual([false, false, false, false, false]);
}

const linesOf = (words: string) => apps.map((app) => app.logged().split(words).length - 1);

describeWithRedis('a Redis Cluster of three primaries with a replica each', () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await startRedisCluster({ hasReplicas: true })));
  afterAll(() => cluster.close());

  test('moves a slot under load, and no person notices', async () => {
    const urls = await startApps(cluster.url);
    const ada = new Browser(urls[0]!);
    const { session } = await ada.login();
    await ada.refresh(1);
    const load = await startRefreshLoad(urls);
    const slot = slotOf(`reseal:{${session.id}}:record`);
    for (const to of [...cluster.primaries, ...cluster.primaries]) {
      await cluster.moveSlot(slot, to);
      await moreRefreshes(load, 20);
    }
    const report = await load.stop();
    expect(report).toMatchObject({ postponed: 0, lost: [] });
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
    expect(upstream.stats()).toMatchObject({ maxPresentations: 1, reuseDetections: 0 });
    expect(linesOf('Redis is in trouble')).toEqual([0, 0]);
  });

  test('loses a primary under load, and no session', async () => {
    const urls = await startApps(cluster.url);
    const load = await startRefreshLoad(urls);
    await moreRefreshes(load, 100);
    const killedAtMs = Date.now();
    await cluster.primaries[0]!.kill();
    await expectRefused(ghostOf(0));
    // Sessions of the dead shard wait; when they refresh again all shards serve.
    await until(async () => (await roleOf(cluster.replicas[0]!)) === 'master', {
      what: 'the replica to take over',
    });
    await moreRefreshes(load, 300);
    const report = await load.stop();
    console.info(`Cluster failover: ${JSON.stringify({ ...report, ended: report.ended.length })}`);
    expect(report.lost).toEqual([]);
    expect(report.postponed).toBeGreaterThan(0);
    expect(report.longestWaitMs).toBeLessThan(15_000);
    expect(upstream.stats()).toMatchObject({ maxPresentations: 1, reuseDetections: 0 });
    const replicated = report.ended.filter(
      ({ atMs }) => atMs < killedAtMs - REPLICATION_MS || atMs > killedAtMs + REPLICATION_MS,
    );
    expect(replicated.length).toBeGreaterThan(5);
    expect(
      await livingAmong(
        urls[1]!,
        replicated.map(({ cookie }) => cookie),
      ),
    ).toEqual([]);
    for (const lines of linesOf('Redis is in trouble')) expect(lines).toBe(1);
    for (const lines of linesOf('Redis answers again')) expect(lines).toBe(1);
    expect(await cluster.replicas[0]!.command('GET', `reseal:{${ghostOf(0)}}:failures`)).toBeNull();
    await cluster.primaries[0]!.start();
  });

  test('is not ready while one of its shards, whichever it is, cannot be written to', async () => {
    const [url] = await startApps(cluster.url);
    const masters = await Promise.all(
      [...cluster.primaries, ...cluster.replicas].map(async (one) => ({
        one,
        isPrimary: (await roleOf(one)) === 'master',
      })),
    );
    const ready = () => fetch(`${url}/api/health?ready`);
    const primaries = masters.filter(({ isPrimary }) => isPrimary);
    expect(primaries).toHaveLength(3);
    for (const { one } of primaries) {
      await one.command('CONFIG', 'SET', 'maxmemory', '1');
      await until(async () => (await ready()).status === 503, { what: 'the next rehearsal' });
      expect((await ready()).headers.get('x-reseal-ready')).toBe('store OOM');
      await one.command('CONFIG', 'SET', 'maxmemory', '0');
      await until(async () => (await ready()).status === 200, { what: 'readiness' });
    }
  });
});

describeWithRedis('a primary with two replicas that three Sentinels watch', () => {
  let group: SentinelGroup;
  beforeAll(async () => void (group = await startSentinelGroup()));
  afterAll(() => group.close());

  test('dies under load, and no session with it', async () => {
    const urls = await startApps(group.url);
    const load = await startRefreshLoad(urls);
    await moreRefreshes(load, 100);
    const old = await group.primary();
    const killedAtMs = Date.now();
    await old.kill();
    await expectRefused('ghost');
    await until(async () => (await group.primary()) !== old, { what: 'the Sentinels to name another' });
    await moreRefreshes(load, 300);
    // It comes back and is made a replica.
    await old.start();
    await until(async () => (await roleOf(old)) === 'slave', {
      what: 'the old primary',
    });
    await moreRefreshes(load, 100);
    const report = await load.stop();
    console.info(`Sentinel failover: ${JSON.stringify({ ...report, ended: report.ended.length })}`);
    expect(report.lost).toEqual([]);
    expect(report.postponed).toBeGreaterThan(0);
    expect(report.longestWaitMs).toBeLessThan(15_000);
    expect(upstream.stats()).toMatchObject({ maxPresentations: 1, reuseDetections: 0 });
    const replicated = report.ended.filter(
      ({ atMs }) => atMs < killedAtMs - REPLICATION_MS || atMs > killedAtMs + REPLICATION_MS,
    );
    expect(
      await livingAmong(
        urls[1]!,
        replicated.map(({ cookie }) => cookie),
      ),
    ).toEqual([]);
    // Before the Sentinels agree an instance may be led to the dead primary once more: a line for each, and no more.
    for (const lines of linesOf('Redis is in trouble')) expect([1, 2]).toContain(lines);
    expect(await (await group.primary()).command('GET', 'reseal:{ghost}:failures')).toBeNull();
    expect(await works(apps[0]!.runtime.store.ready())).toBe(true);
  });
});
