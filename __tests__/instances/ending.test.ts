import type { PersonSessions } from '../../contract/sessions.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { deferred } from '../support/deferred.ts';
import { describeWithRedis } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';

jest.setTimeout(40_000);

describeWithRedis('ending before three instances', () => {
  let cluster: Cluster;
  let ada: Browser;

  async function clusterWith(...args: Parameters<typeof startCluster>): Promise<void> {
    cluster = await startCluster(...args);
    ada = new Browser(cluster.url);
  }
  afterEach(() => cluster.close());

  const listOf = async (response: Response) => ((await response.json()) as PersonSessions).sessions;

  const at = (instance: 0 | 1 | 2) => new Browser(cluster.apps[instance].url);

  test('a logout on one instance is a logout on all, for the newest cookie and for older ones', async () => {
    await clusterWith();
    await ada.login();
    const cookies = [ada.cookie];
    await ada.refresh(1);
    cookies.push(ada.cookie);
    expect((await at(0).call('/api/logout', { method: 'POST', json: {}, cookie: cookies[0]! })).status).toBe(
      204,
    );
    for (const cookie of cookies) {
      expect(await codeOf(await at(1).whoAmI({ cookie }))).toBe('session_ended');
      expect(await codeOf(await at(2).refresh(1, { cookie }))).toBe('session_ended');
      expect((await at(1).call('/api/upstream/me', { cookie })).status).toBe(401);
    }
    // P6: the newest pair was revoked, which the old cookie did not hold.
    expect(cluster.upstream.stats()).toMatchObject({ revocations: 1, reuseDetections: 0 });
  });

  test('a session begun on one instance is seen from another, and ended from a third', async () => {
    await clusterWith();
    const [phone, laptop] = [at(0), at(1)];
    const { session } = await phone.login();
    await laptop.login();
    const listed = async () =>
      (await listOf(await at(2).call('/api/sessions', { cookie: laptop.cookie }))).map(({ id }) => id);
    expect(await listed()).toContain(session.id);
    const end = { method: 'DELETE', cookie: laptop.cookie };
    expect((await at(2).call(`/api/sessions/${session.id}`, end)).status).toBe(204);
    expect(await codeOf(await phone.refresh(1))).toBe('session_ended');
    expect(await listed()).toHaveLength(1);
  });

  test('P12: a logout on one instance during a refresh on another leaves nothing alive', async () => {
    const gate = deferred();
    await clusterWith({ hooks: { beforeAnswer: () => gate.promise } });
    await ada.login();
    const { cookie } = ada;
    const late = at(0).refresh(1, { cookie });
    await until(() => cluster.upstream.stats().refreshCalls === 1);
    expect((await at(1).call('/api/logout', { method: 'POST', json: {}, cookie })).status).toBe(204);
    gate.resolve();
    const answer = await late;
    expect(await codeOf(answer)).toBe('session_ended');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await codeOf(await at(2).whoAmI({ cookie }))).toBe('session_ended');
    await until(() => cluster.upstream.stats().familiesRevoked + cluster.upstream.stats().revocations > 0);
  });

  test('P5: a login on one instance ends the session whose refresh is still on its way on another', async () => {
    const gate = deferred();
    await clusterWith({ hooks: { beforeAnswer: () => gate.promise } });
    await ada.login();
    const { cookie } = ada;
    const late = at(0).refresh(1, { cookie });
    await until(() => cluster.upstream.stats().refreshCalls === 1);
    const grace = await ada.login('grace', 'hopper');
    gate.resolve();
    const answer = await late;
    ada.store(answer);
    expect(await codeOf(answer)).toBe('session_ended');
    expect((await infoOf(await ada.whoAmI())).session.id).toBe(grace.session.id);
  });

  test('"everywhere" on one instance signs a person out of all sessions on all instances, and no other person', async () => {
    await clusterWith();
    const [phone, laptop, grace] = [
      new Browser(cluster.url),
      new Browser(cluster.url),
      new Browser(cluster.url),
    ];
    await ada.login();
    await phone.login();
    await laptop.login();
    await laptop.refresh(1);
    await grace.login('grace', 'hopper');
    expect((await ada.logout({ everywhere: true })).status).toBe(204);
    for (const instance of [0, 1, 2] as const) {
      for (const { cookie } of [phone, laptop]) {
        expect(await codeOf(await at(instance).whoAmI({ cookie }))).toBe('session_ended');
        expect(await codeOf(await at(instance).refresh(1, { cookie }))).toBe('session_ended');
      }
      expect((await at(instance).whoAmI({ cookie: grace.cookie })).status).toBe(200);
    }
    await ada.login();
    for (const instance of [0, 1, 2] as const)
      expect((await at(instance).whoAmI({ cookie: ada.cookie })).status).toBe(200);
  });

  test('wrong passwords count together, wherever they are tried; a right one is given back', async () => {
    await clusterWith();
    const login = (instance: number, password: string) =>
      at((instance % 3) as 0 | 1 | 2).call('/api/login', {
        method: 'POST',
        json: { username: 'ada', password },
      });
    for (let n = 0; n < 4; n += 1) expect((await login(n, 'wrong')).status).toBe(401);
    for (let n = 0; n < 6; n += 1) expect((await login(n, 'lovelace')).status).toBe(200);
    expect((await login(1, 'wrong')).status).toBe(401);
    for (const instance of [0, 1, 2])
      expect(await codeOf(await login(instance, 'lovelace'))).toBe('too_many_attempts');
  });

  test('wrong passwords count for each instance alone while Redis is away', async () => {
    await clusterWith();
    await cluster.redis.stop();
    const login = (password: string) =>
      at(0).call('/api/login', { method: 'POST', json: { username: 'ada', password } });
    for (let n = 0; n < 5; n += 1) expect((await login('wrong')).status).toBe(401);
    expect(await codeOf(await login('wrong'))).toBe('too_many_attempts');
  });

  test('a dump of Redis holds no token, no key, no name and no address, and every key expires', async () => {
    await clusterWith();
    await ada.login();
    await ada.refresh(1);
    await ada.refresh(2);
    await ada.call('/api/login', { method: 'POST', json: { username: 'grace', password: 'wrong' } });
    const grace = new Browser(cluster.url);
    await grace.login('grace', 'hopper');
    await grace.logout({ everywhere: true });
    const canaries = ['user-ada', 'user-grace', 'Lovelace', 'lovelace', 'hopper', '127.0.0.1', 'eyJ', 'Fe26'];
    const bearer = (await (await ada.call('/api/upstream/echo')).json()) as {
      headers?: Record<string, string>;
    };
    canaries.push(...Object.values(bearer.headers ?? {}).filter((value) => value.length > 20));
    const dump = await cluster.redis.dump();
    expect(Object.keys(dump).length).toBeGreaterThan(4);
    for (const [key, value] of Object.entries(dump)) {
      for (const canary of canaries) expect(`${key} ${value}`).not.toContain(canary);
      // What is in a box might be anything: nothing in it may be legible under another encoding either.
      for (const part of value.split(' ')) {
        const decoded = Buffer.from(part, 'base64url').toString('latin1');
        expect(decoded).not.toMatch(/token|eyJ|user-/i);
      }
      expect(await cluster.redis.command<number>('PTTL', key)).toBeGreaterThan(0);
    }
  });

  test('a pair that came while Redis was away is recorded before another instance may present the old one', async () => {
    const gate = deferred();
    await clusterWith(
      { hooks: { beforeAnswer: () => gate.promise } },
      { settings: { refreshTimeoutMs: 1000 } },
    );
    const { session } = await ada.login();
    const { cookie } = ada;
    const given = at(0).refresh(1, { cookie, loseCookies: true });
    await until(() => cluster.upstream.stats().refreshCalls === 1);
    await cluster.redis.stop();
    gate.resolve();
    expect((await given).status).toBe(200);
    // Redis comes back without the lease, as if it had been away for long.
    await cluster.redis.start();
    await cluster.redis.command('DEL', `reseal:{${session.id}}:lease`);
    const insistent = (async () => {
      for (;;) {
        const answer = await at(1).refresh(1, { cookie });
        if (answer.status !== 503) return answer;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    expect((await infoOf(await insistent)).session.version).toBe(2);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
  });
});
