import { RateLimiterMemory } from 'rate-limiter-flexible';
import { createThrottle } from '../../../server/http/loginThrottle.ts';
import { startAppWithUpstream, type AppWithUpstream } from '../../support/app.ts';
import { Browser } from '../../../testing/browser.ts';

// A refused login costs the upstream a password hash, on purpose.
jest.setTimeout(30_000);

const trusting = { TRUSTED_PROXIES: '1' };
let app: AppWithUpstream;

const start = async (env: Record<string, string> = {}) => (app = await startAppWithUpstream({}, { env }));
afterEach(() => app.close());

const guess = (username: string, password: string, from?: string): Promise<Response> =>
  new Browser(app.url).call('/api/login', {
    method: 'POST',
    json: { username, password },
    headers: from === undefined ? {} : { 'X-Forwarded-For': from },
  });
const statuses = async (count: number, run: (index: number) => Promise<Response>): Promise<number[]> =>
  (await Promise.all(Array.from({ length: count }, (_, index) => run(index))))
    .map(({ status }) => status)
    .toSorted();

test('five wrong passwords for a name are answered, the sixth try has to wait, be it right or wrong', async () => {
  await start();
  for (let tries = 0; tries < 5; tries += 1) {
    const response = await guess('ada', 'wrong');
    expect([response.status, response.headers.get('x-reseal-reason')]).toEqual([401, 'invalid_credentials']);
  }
  const response = await guess('ada', 'lovelace');
  expect([response.status, response.headers.get('x-reseal-reason')]).toEqual([429, 'too_many_attempts']);
  expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(800);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(app.upstream.stats()).toMatchObject({ logins: 0, loginsRefused: 5 });
});

test('the name is the same in whatever case it is written', async () => {
  await start();
  for (const name of ['ada', 'ADA', 'Ada', 'aDa', '\uff21da']) await guess(name, 'wrong');
  expect((await guess('ada', 'lovelace')).status).toBe(429);
});

test('a hundred parallel guesses count as a hundred', async () => {
  await start();
  const answers = await statuses(100, (index) => guess('ada', `wrong-${index}`));
  expect(answers.filter((status) => status === 401)).toHaveLength(5);
  expect(answers.filter((status) => status === 429)).toHaveLength(95);
  expect(app.upstream.stats().loginsRefused).toBe(5);
});

test('a login that succeeds gives its try back, so that logging in locks no one out', async () => {
  await start();
  for (let tries = 0; tries < 4; tries += 1) await guess('ada', 'wrong');
  for (let logins = 0; logins < 10; logins += 1) expect((await guess('ada', 'lovelace')).status).toBe(200);
  expect((await guess('ada', 'wrong')).status).toBe(401);
  expect((await guess('ada', 'lovelace')).status).toBe(429);
});

test('twenty logins at once from one address all succeed: tries under way are no failures', async () => {
  await start();
  expect(await statuses(20, () => guess('ada', 'lovelace'))).toEqual(Array<number>(20).fill(200));
});

test('an outage of the issuer counts as no one’s failure', async () => {
  await start();
  app.upstream.setOptions({ faults: { login: [{ kind: 'status503', times: 10 }] } });
  for (let tries = 0; tries < 10; tries += 1) expect((await guess('ada', 'lovelace')).status).toBe(503);
  expect((await guess('ada', 'lovelace')).status).toBe(200);
});

test('failures for one name lock out no other name, and not the same name elsewhere', async () => {
  await start(trusting);
  for (let tries = 0; tries < 6; tries += 1) await guess('ada', 'wrong', '203.0.113.1');
  expect((await guess('ada', 'lovelace', '203.0.113.1')).status).toBe(429);
  expect((await guess('grace', 'hopper', '203.0.113.1')).status).toBe(200);
  expect((await guess('ada', 'lovelace', '203.0.113.2')).status).toBe(200);
});

test('fifty failures from one address close it, whatever the names', async () => {
  await start(trusting);
  const answers = await statuses(60, (index) => guess(`name-${index}`, 'wrong', '203.0.113.1'));
  expect(answers.filter((status) => status === 401)).toHaveLength(50);
  expect((await guess('grace', 'hopper', '203.0.113.1')).status).toBe(429);
  expect((await guess('grace', 'hopper', '203.0.113.2')).status).toBe(200);
});

test('a refused try is no failure: it locks neither the address nor the name for longer', async () => {
  await start(trusting);
  await statuses(100, () => guess('ada', 'wrong', '203.0.113.1'));
  expect((await guess('grace', 'hopper', '203.0.113.1')).status).toBe(200);
});

test('a client cannot change its address by writing X-Forwarded-For', async () => {
  await start();
  for (let tries = 0; tries < 5; tries += 1) await guess('ada', 'wrong', `198.51.100.${tries}`);
  expect((await guess('ada', 'lovelace', '198.51.100.99')).status).toBe(429);
});

test('behind a proxy of ours only what that proxy wrote counts', async () => {
  await start(trusting);
  for (let tries = 0; tries < 5; tries += 1) await guess('ada', 'wrong', `198.51.100.${tries}, 203.0.113.1`);
  expect((await guess('ada', 'lovelace', '198.51.100.99, 203.0.113.1')).status).toBe(429);
});

test('a network of 2^64 IPv6 addresses counts as one address, because one customer has all of it', async () => {
  await start(trusting);
  for (let tries = 0; tries < 5; tries += 1) await guess('ada', 'wrong', `2001:db8:0:7:${tries}::1`);
  expect((await guess('ada', 'lovelace', '2001:db8::7:abcd:0:0:1')).status).toBe(429);
  expect((await guess('ada', 'lovelace', '2001:db8:0:8::1')).status).toBe(200);
});

test.each(['203.0.113.9:%', '[2001:db8::1]:%', '"203.0.113.9:%"', '::ffff:203.0.113.9'])(
  'a client whose address is written as %s is one client, whatever its port',
  async (form) => {
    await start(trusting);
    for (let tries = 0; tries < 5; tries += 1)
      expect((await guess('ada', 'wrong', form.replace('%', String(50_001 + tries)))).status).toBe(401);
    expect((await guess('ada', 'lovelace', form.replace('%', '50009'))).status).toBe(429);
  },
);

test('what is no address counts as the proxy’s own', async () => {
  await start(trusting);
  for (const garbage of ['unknown', '_a', 'x'.repeat(300), '1.2.3.4.5', '%'])
    expect((await guess('ada', 'wrong', garbage)).status).toBe(401);
  expect((await guess('ada', 'lovelace', '_another')).status).toBe(429);
});

test('behind a proxy that TRUSTED_PROXIES does not count, failures of one person close the login to no one else', async () => {
  await start();
  const answers = await statuses(60, (index) => guess(`name-${index}`, 'wrong', '203.0.113.1'));
  expect(answers).toEqual(Array<number>(60).fill(401));
  expect((await guess('grace', 'hopper', '203.0.113.2')).status).toBe(200);
  expect(app.logged().match(/set TRUSTED_PROXIES/g)).toHaveLength(1);
});

test('without a proxy fifty failures from one address close it', async () => {
  await start();
  const answers = await statuses(60, (index) => guess(`name-${index}`, 'wrong'));
  expect(answers.filter((status) => status === 401)).toHaveLength(50);
  expect((await guess('grace', 'hopper')).status).toBe(429);
  expect(app.logged()).not.toContain('TRUSTED_PROXIES');
});

test('a counter that does not answer keeps no one out', async () => {
  await start();
  const throttle = createThrottle((keyPrefix, points, duration) => {
    const limiter = new RateLimiterMemory({ keyPrefix, points, duration });
    limiter.consume = () => Promise.reject(new Error('unreachable'));
    limiter.reward = () => Promise.reject(new Error('unreachable'));
    return limiter;
  });
  const attempt = await throttle.attempt('ada', '203.0.113.1');
  expect(attempt).toHaveProperty('settle');
  if ('settle' in attempt) await attempt.settle(false);
});
