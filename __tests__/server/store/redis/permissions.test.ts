import { readFileSync } from 'node:fs';
import { startAppWithUpstream, type AppWithUpstream } from '../../../support/app.ts';
import { Browser } from '../../../../testing/browser.ts';
import { doctor } from '../../../support/doctor.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../../../testing/redisServer.ts';
import { until } from '../../../../testing/until.ts';

jest.setTimeout(60_000);

const PASSWORD = 'a-long-password';
const [, rules = ''] = /^user reseal (.+)$/m.exec(readFileSync('docs/scaling.md', 'utf8')) ?? [];

describeWithRedis('a Redis whose ACL is the one of the docs', () => {
  let redis: RedisServer;
  let url: string;

  beforeEach(async () => {
    redis = await startRedis();
    await redis.command('ACL', 'SETUSER', 'reseal', ...rules.split(' '));
    url = redis.url.replace('//', `//reseal:${PASSWORD}@`);
  });
  afterEach(() => redis.close());

  describe('and a server before it', () => {
    let app: AppWithUpstream;
    beforeEach(async () => void (app = await startAppWithUpstream({}, { env: { REDIS_URL: url } })));
    afterEach(() => app.close());

    test('is refused nothing, in whatever a session comes to', async () => {
      const [ada, phone] = [new Browser(app.url), new Browser(app.url)];
      await ada.call('/api/login', {
        method: 'POST',
        json: { username: 'ada', password: 'wrong' },
      });
      await ada.login();
      const { session } = await phone.login();
      await ada.refresh(1);
      await ada.call('/api/upstream/me');
      const name = { method: 'PATCH', json: { name: 'Phone' } };
      expect((await ada.call(`/api/sessions/${session.id}`, name)).status).toBe(204);
      expect((await ada.call(`/api/sessions/${session.id}`, { method: 'DELETE' })).status).toBe(204);
      app.upstream.setOptions({ faults: { refresh: [{ kind: 'status503', times: 1 }] } });
      expect((await ada.refresh(2)).status).toBe(503);
      await until(async () => (await ada.refresh(2)).status === 200, { what: 'the end of the outage' });
      await ada.logout({ everywhere: true });
      expect((await ada.whoAmI()).status).toBe(401);
      expect(await redis.command('ACL', 'LOG')).toEqual([]);
      expect((await app.runtime.metrics.storeErrors.get()).values[0]?.value).toBe(0);
    });
  });

  const examine = (redisUrl: string) => doctor({ UPSTREAM_URL: 'http://127.0.0.1:9', REDIS_URL: redisUrl });

  test('passes the doctor, who was not let to look at its settings and says so', async () => {
    const { text } = await examine(url);
    expect(text).toMatch(/note {2}redis .*may not tell us\n.*→ .*noeviction/);
    expect(text).not.toMatch(/FAIL {2}redis/);
  });

  test.each(['set', 'getex', 'hset', 'hgetall', 'hdel', 'del', 'get', 'eval'])(
    'fails the doctor without %s, before a person meets it',
    async (name) => {
      await redis.command('ACL', 'SETUSER', 'reseal', `-${name}`);
      expect((await examine(url)).text).toMatch(/FAIL {2}redis .*answers, but refuses.*\n.*→ .*rights/);
    },
  );

  test('fails the doctor with a wrong password, by the name of the reason', async () => {
    const { text } = await examine(url.replace(PASSWORD, 'wrong'));
    expect(text).toMatch(/FAIL {2}redis .*does not answer \(WRONGPASS\)\n.*→ check REDIS_URL/);
    expect(text).not.toContain('wrong@');
  });
});
