import { systemClock } from '../../../../server/clock.ts';
import { NO_FAILURES } from '../../../../server/store/outage.ts';
import { redisStore } from '../../../../server/store/redis/store.ts';
import { connectRedis, type RedisLink } from '../../../../server/store/redis/link.ts';
import type { SessionStore } from '../../../../server/store/contracts.ts';
import { createLog } from '../../../../server/ops/log.ts';
import { createMetrics } from '../../../../server/ops/metrics.ts';
import { describeWithRedis, redisAt, startRedis, type RedisServer } from '../../../../testing/redisServer.ts';
import { until, works } from '../../../../testing/until.ts';
import { pairOf } from '../../../support/storeConformance.ts';

describe('a store in Redis', () => {
  describeWithRedis('redis-server', () => {
    let redis: RedisServer;
    let link: RedisLink;
    let store: SessionStore;

    beforeAll(async () => {
      redis = await startRedis();
      link = connectRedis(redisAt(redis.url), { log: createLog('silent'), metrics: createMetrics() });
      store = redisStore(link, systemClock);
      await until(() => works(store.ready()));
    });
    afterAll(async () => {
      link.close();
      await redis.close();
    });

    test('gives every key an expiry', async () => {
      await writeEveryKind(store);
      const keys = await redis.command<string[]>('KEYS', '*');
      expect(keys.length).toBeGreaterThan(5);
      for (const key of keys) expect(await redis.command<number>('PTTL', key)).toBeGreaterThan(0);
    });

    test('marking and dropping leave the expiry of a record as it is', async () => {
      await store.commit('expiring', pairOf(2), 50_000);
      await store.markSeen('expiring', 2, 1);
      await store.dropBox('expiring', 2);
      const leftMs = await redis.command<number>('PTTL', 'reseal:{expiring}:record');
      expect(leftMs).toBeGreaterThan(40_000);
      expect(leftMs).toBeLessThanOrEqual(50_000);
    });

    test('a list lives as long as the session on it that ends last, whichever was noted last', async () => {
      const nowMs = Date.now();
      const device = { browser: null, system: null };
      const once = { device, epoch: 0, provider: null, createdAtMs: nowMs, refreshedAtMs: nowMs };
      await store.addToIndex('lasting', { ...once, id: 'long', endsAtMs: nowMs + 50_000 }, 50_000);
      await store.addToIndex('lasting', { ...once, id: 'short', endsAtMs: nowMs + 5000 }, 5000);
      const keys = await redis.command<string[]>('KEYS', 'reseal:sessions:*');
      const left = await Promise.all(keys.map((key) => redis.command<number>('PTTL', key)));
      expect(left.filter((ms) => ms <= 50_000 && ms > 40_000)).toHaveLength(1);
    });

    test('names a session whose line is older than networks and names, and forgets the name with the session', async () => {
      const nowMs = Date.now();
      const key = 'reseal:sessions:older';
      const line = `${nowMs + 50_000} ${nowMs} ${nowMs} 0 - Firefox Linux`;
      await redis.command('HSET', key, 'older', line);
      expect(await store.setName('older', 'older', 'Old laptop')).toBe(true);
      const device = { browser: 'Firefox', system: 'Linux' };
      expect(await store.sessionsOf('older')).toMatchObject([{ id: 'older', device, name: 'Old laptop' }]);
      await redis.command('HSET', key, 'older', line.replace(/^\d+/, String(nowMs - 1)));
      const times = { createdAtMs: nowMs, refreshedAtMs: nowMs, endsAtMs: nowMs + 50_000 };
      await store.addToIndex('older', { id: 'new', device, epoch: 0, provider: null, ...times }, 50_000);
      expect(await redis.command('HKEYS', key)).toEqual(['new']);
      await store.setName('older', 'new', 'New laptop');
      await store.removeFromIndex('older', 'new');
      expect(await redis.command('EXISTS', key)).toBe(0);
    });

    test('asks one command of Redis for each method, and two for a read', async () => {
      // Without the pings of the connection, and the questions of the test.
      const count = async () => {
        const stats = await redis.command<string>('INFO', 'commandstats');
        const calls = stats.matchAll(/cmdstat_(?!ping|info|hello|client)\w+:calls=(\d+)/g);
        return [...calls].reduce((sum, [, n]) => sum + Number(n), 0);
      };
      const costOf = async (work: () => Promise<unknown>) => {
        const before = await count();
        await work();
        return (await count()) - before;
      };
      // A script's own commands are counted with it: one call, its GET and its SET.
      // The first run of a script loads it.
      await store.commit('warm', pairOf(2), 1000);
      await store.acquire('warm', 1000);
      expect(await costOf(() => store.read('cost', 'ada'))).toBe(2);
      // A lease comes with the record: one call, its SET and its GET.
      expect(await costOf(() => store.acquire('cost', 1000))).toBe(4);
      expect(await costOf(() => store.commit('cost', pairOf(2), 1000))).toBe(3);
      expect(await costOf(() => store.epochAtLogin('ada', 1000))).toBe(1);
      expect(await costOf(() => store.failures('cost'))).toBe(2);
      expect(await costOf(() => store.setHealthy(1))).toBe(1);
    });

    test('touches the key that all sessions share a few times a second, however many sessions refresh', async () => {
      const count = async () => {
        const stats = await redis.command<string>('INFO', 'commandstats');
        const of = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
        return { get: of('get'), set: of('set') };
      };
      const before = await count();
      for (let n = 0; n < 100; n += 1) {
        await store.failures(`shared-${n}`);
        await store.setHealthy(Date.now());
      }
      const after = await count();
      // A hundred reads of a session's own failures, and what the shared key took.
      expect(after.get - before.get).toBeLessThan(130);
      expect(after.set - before.set).toBeLessThan(30);
    });
  });
});

/** Leaves one key of each kind behind. */
async function writeEveryKind(store: SessionStore): Promise<void> {
  const nowMs = Date.now();
  const times = { createdAtMs: nowMs, refreshedAtMs: nowMs, endsAtMs: nowMs + 50_000 };
  const device = { browser: null, system: null };
  await store.commit('kinds', pairOf(2), 50_000);
  await store.acquire('kinds', 50_000);
  await store.raiseEpoch('kinds', 0, 50_000);
  await store.addToIndex('kinds', { id: 'kinds', device, epoch: 0, provider: null, ...times }, 30_000);
  await store.setFailures('kinds', { ...NO_FAILURES, failures: 1 }, 50_000);
  await store.countFailure({ kind: 'transient', session: 'kinds', nowMs, askedMs: 0 });
  await store.setReused('kinds', nowMs, 50_000);
}
