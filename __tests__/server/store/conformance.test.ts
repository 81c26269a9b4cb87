import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../server/clock.ts';
import type { SessionStore } from '../../../server/store/contracts.ts';
import { openStore } from '../../../server/store/openStore.ts';
import { createLog } from '../../../server/ops/log.ts';
import { createMetrics } from '../../../server/ops/metrics.ts';
import type { StoreSettings } from '../../../server/settings/fromEnv.ts';
import { startRedisCluster } from '../../../testing/redisCluster.ts';
import { startSentinelGroup } from '../../../testing/redisSentinel.ts';
import { describeWithRedis, redisAt, startRedis } from '../../../testing/redisServer.ts';
import { until, works } from '../../../testing/until.ts';
import { testsOfAStore } from '../../support/storeConformance.ts';

jest.setTimeout(60_000);

/** What a kind of store needs beside the app: it is started once for all tests of its kind. */
interface Backing {
  readonly settings: StoreSettings;
  close(): Promise<void>;
}

const open = (settings: StoreSettings) =>
  openStore(settings, systemClock, { log: createLog('silent'), metrics: createMetrics() }).store;

function testsOver(start: () => Promise<Backing>): void {
  let backing: Backing;
  let store: SessionStore;

  beforeAll(async () => {
    backing = await start();
    store = open(backing.settings);
    await until(() => works(store.ready()), { what: 'the store' });
  });
  afterAll(async () => {
    await store.close();
    await backing.close();
  });

  testsOfAStore(async () => store);
}

async function startFolder(): Promise<Backing> {
  const dir = await mkdtemp(join(tmpdir(), 'reseal-store-'));
  return { settings: { kind: 'sqlite', dir }, close: () => rm(dir, { recursive: true }) };
}

async function backed(start: Promise<{ url: string; close(): Promise<void> }>): Promise<Backing> {
  const server = await start;
  return { settings: redisAt(server.url), close: () => server.close() };
}

describe('a store in memory', () => {
  testsOver(async () => ({ settings: { kind: 'memory' }, close: async () => undefined }));
});

describe('a store in a session file', () => {
  testsOver(startFolder);
});

describeWithRedis('a store in one Redis', () => {
  testsOver(() => backed(startRedis()));
});

describeWithRedis('a store in a Redis Cluster of three primaries', () => {
  testsOver(() => backed(startRedisCluster()));
});

describeWithRedis('a store in the primary that three Sentinels name', () => {
  testsOver(() => backed(startSentinelGroup({ replicas: 1 })));
});
