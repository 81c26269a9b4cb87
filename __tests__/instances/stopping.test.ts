import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { Browser, infoOf } from '../../testing/browser.ts';
import { deferred } from '../support/deferred.ts';
import {
  ensureBuild,
  productionEnvironment,
  run,
  startInstance,
  type Environment,
  type Instance,
} from '../../testing/production.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';

jest.setTimeout(300_000);

const next = 'node_modules/next/dist/bin/next';

describeWithRedis('a production server', () => {
  let redis: RedisServer;
  let upstream: Upstream;
  let env: Environment;
  let instance: Instance | undefined;

  beforeAll(ensureBuild);
  beforeEach(async () => {
    redis = await startRedis();
    upstream = await createUpstream();
    env = {
      ...productionEnvironment(upstream.url, 'http://localhost:3000'),
      REDIS_URL: redis.url,
      REFRESH_TIMEOUT_MS: '1000',
    };
  });
  afterEach(async () => {
    await upstream.close();
    await instance?.kill();
    instance = undefined;
    await redis.close();
  });

  test('told to stop, says that it is not ready, serves on a little, then finishes what runs', async () => {
    const gate = deferred();
    upstream.setOptions({ hooks: { afterVerify: () => gate.promise } });
    instance = await startInstance(env);
    const ada = new Browser(instance.url);
    await ada.login();
    const running = ada.call('/api/upstream/me');
    await until(() => upstream.stats().apiCalls === 1);
    const exit = instance.stop();
    const { url } = instance;
    await until(async () => (await fetch(`${url}/api/health?ready`)).status === 503);
    const late = await ada.whoAmI();
    expect([late.status, late.headers.get('connection')]).toEqual([200, 'close']);
    await until(async () => (await fetch(`${url}/api/health`).catch(() => null)) === null);
    gate.resolve();
    expect((await running).status).toBe(200);
    expect(await exit).toBe(0);
    expect(instance.output()).toContain('"msg":"stopped"');
  });

  test('told to stop, waits for a refresh whose callers have long been told to try again', async () => {
    const gate = deferred();
    upstream.setOptions({ hooks: { beforeAnswer: () => gate.promise } });
    instance = await startInstance(env);
    const ada = new Browser(instance.url);
    await ada.login();
    expect((await ada.refresh(1)).status).toBe(503);
    const exit = instance.stop();
    const { url } = instance;
    await until(async () => (await fetch(`${url}/api/health`).catch(() => null)) === null);
    gate.resolve();
    expect(await exit).toBe(0);
    instance = await startInstance(env);
    const after = new Browser(instance.url);
    expect((await infoOf(await after.refresh(1, { cookie: ada.cookie }))).session.version).toBe(2);
    expect(upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('told to stop, leaves within its bound although a stream never ends', async () => {
    instance = await startInstance({ ...env, SHUTDOWN_TIMEOUT_MS: '500' });
    const ada = new Browser(instance.url);
    await ada.login();
    const events = await ada.call('/api/upstream/events');
    expect(events.status).toBe(200);
    const atMs = Date.now();
    expect(await instance.stop()).toBe(0);
    expect(Date.now() - atMs).toBeLessThan(4000);
    await expect(events.text()).rejects.toThrow();
  });

  test('starts while Redis is away, says so, and needs no restart', async () => {
    await redis.stop();
    instance = await startInstance(env);
    await until(() => instance!.output().includes('Redis is in trouble'));
    expect((await fetch(`${instance.url}/api/health?ready`)).status).toBe(503);
    await redis.start();
    await until(async () => (await fetch(`${instance!.url}/api/health?ready`)).status === 200);
    await new Browser(instance.url).login();
  });

  test('warns where it may be one of several and there is no Redis', async () => {
    instance = await startInstance({ ...env, REDIS_URL: '', NODE_APP_INSTANCE: '1' });
    await until(() => instance!.output().includes('there may be several instances'));
  });

  test('says at its start what it serves, whom it asks and where it remembers', async () => {
    instance = await startInstance(env);
    const { app, paths, login, records } = JSON.parse(
      instance
        .output()
        .split('\n')
        .find((line) => line.includes('"started"'))!,
    ) as Record<string, unknown>;
    expect({ app, paths, login, records }).toEqual({
      app: env['APP_URL'],
      paths: env['UPSTREAM_PATHS']!.split(','),
      login: 'password',
      records: 'Redis',
    });
  });

  test('does not start without its settings, and says which', async () => {
    const bare = run([next, 'start', '-p', '0', '-H', '127.0.0.1'], { NEXT_TELEMETRY_DISABLED: '1' });
    expect(await bare.exited).toBe(1);
    expect(bare.output()).toContain('UPSTREAM_URL is missing:');
  });

  test('runs from its standalone output alone, pages, assets, session and stop', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reseal-standalone-'));
    try {
      // As the Dockerfile copies it.
      await cp('.next/standalone', folder, { recursive: true, verbatimSymlinks: true });
      await cp('.next/static', join(folder, '.next/static'), { recursive: true });
      instance = await startInstance(
        { ...env, REFRESH_TIMEOUT_MS: '10000' },
        { command: ['start.js'], cwd: folder },
      );
      const page = await (await fetch(`${instance.url}/login`)).text();
      const [script] = /\/_next\/static\/[^"]+\.js/.exec(page) ?? [];
      expect((await fetch(instance.url + script)).status).toBe(200);
      const ada = new Browser(instance.url);
      await ada.login();
      expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
      expect((await ada.call('/api/upstream/me')).status).toBe(200);
      expect(await redis.command<number>('DBSIZE')).toBeGreaterThan(0);
      expect(await instance.stop()).toBe(0);
    } finally {
      await instance?.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
