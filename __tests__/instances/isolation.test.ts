import type { PersonSessions } from '../../contract/sessions.ts';
import { startBalancer, type Balancer } from '../../testing/balancer.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { oddAnswers } from '../support/oddAnswers.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../testing/redisServer.ts';
import { startScriptedIssuer, type ScriptedIssuer } from '../support/scriptedIssuer.ts';
import { oidcEnv, startProvider, type TestProvider } from '../support/testProvider.ts';
import { until } from '../../testing/until.ts';

/* DESIGN §5, rules 1 to 4 and 10, and fault 9 of issue 14, on the built app as `npm start` runs it. */

jest.setTimeout(300_000);
beforeAll(ensureBuild);

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const versionOf = async (answer: Response) => (await infoOf(answer)).session.version;

/** The instances of one app behind a round-robin. */
interface Cluster {
  readonly url: string;
  readonly output: () => string;
  readonly close: () => Promise<void>;
}

async function startCluster(
  count: number,
  envFor: (appUrl: string) => Readonly<Record<string, string>>,
): Promise<Cluster> {
  const instances: Instance[] = [];
  const balancer: Balancer = await startBalancer(() => instances.map(({ url }) => url));
  const env = envFor(balancer.url);
  while (instances.length < count) instances.push(await startInstance(env));
  await until(async () => (await fetch(`${balancer.url}/api/health?ready`)).ok, { withinMs: 30_000 });
  return {
    url: balancer.url,
    output: () => instances.map(({ output }) => output()).join(''),
    close: async () => {
      await balancer.close();
      await Promise.all(instances.map((instance) => instance.kill()));
    },
  };
}

function testsOfPasswordMode(start: (issuer: ScriptedIssuer) => Promise<Cluster>): void {
  let issuer: ScriptedIssuer;
  let cluster: Cluster;

  beforeAll(async () => {
    issuer = await startScriptedIssuer();
    cluster = await start(issuer);
  });
  afterAll(async () => {
    await cluster.close();
    await issuer.close();
  });

  async function signedIn(person: string): Promise<Browser> {
    const browser = new Browser(cluster.url);
    await browser.login(person, 'x');
    return browser;
  }

  test('fault 1: a person whose refresh is rejected, in any words, holds off no other person', async () => {
    const ada = await signedIn('ada');
    const bodies = [
      { status: 400, body: { error: 'interaction_required' } },
      { status: 400, body: { error: 'login_required' } },
      { status: 400, body: { error: 'invalid_request' } },
      { status: 401, body: { statusCode: 401, error: 'Unauthorized' } },
      { status: 401, body: { error: 'invalid_client' } },
    ];
    let version = 1;
    for (const [n, answer] of bodies.entries()) {
      issuer.script(`mallory-${n}`, () => answer);
      const mallory = await signedIn(`mallory-${n}`);
      const refused = await mallory.refresh(1);
      expect(refused.status).toBe(n === 4 ? 500 : 503);
      await wait(1000);
      await mallory.refresh(1);
      expect(await versionOf(await ada.refresh(version))).toBe(version + 1);
      version += 1;
    }
    expect(cluster.output()).toContain('the issuer rejected a refresh in words other than invalid_grant');
  });

  test('fault 3: a 429 with Retry-After holds off the person that got it, and forced refreshes are limited', async () => {
    issuer.script('throttled', () => ({ status: 429, headers: { 'Retry-After': '3600' } }));
    const [throttled, bystander] = [await signedIn('throttled'), await signedIn('bystander')];
    for (let n = 0; n < 6; n += 1) {
      const answer = await throttled.refresh(1);
      expect([answer.status, await codeOf(answer)]).toEqual([503, 'upstream_unavailable']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(290);
    }
    expect(issuer.calls('throttled')).toBe(1);
    expect(await versionOf(await bystander.refresh(1))).toBe(2);

    const forcing = await signedIn('forcing');
    const startedAtMs = Date.now();
    const answers: Response[] = [];
    while (Date.now() - startedAtMs < 3000)
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => forcing.refresh()))));
    const seconds = (Date.now() - startedAtMs) / 1000;
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.length).toBeGreaterThan(50);
    expect(issuer.calls('forcing')).toBeGreaterThanOrEqual(5);
    expect(issuer.calls('forcing')).toBeLessThanOrEqual(6 + seconds);
    expect(await versionOf(await bystander.refresh(2))).toBe(3);
    expect(issuer.reuses).toBe(0);
  });

  test('fault 9: every refresh answer that carries an access token is kept', async () => {
    for (const [n, { title, change = {}, status = 200 }] of oddAnswers.entries()) {
      const person = `odd-${n}`;
      issuer.script(person, () => (grant) => ({ status, body: { ...grant, ...change } }));
      const browser = await signedIn(person);
      expect([title, await versionOf(await browser.refresh(1))]).toEqual([title, 2]);
      issuer.script(person, null);
      expect([title, await versionOf(await browser.refresh(2))]).toEqual([title, 3]);
    }
    expect(issuer.reuses).toBe(0);
  });

  test('fault 12: a superseded cookie after the grace period is refused, logged, counted and shown', async () => {
    const ada = await signedIn('owner');
    const copied = ada.cookie;
    await ada.refresh(1);
    await ada.whoAmI();
    expect((await ada.whoAmI({ cookie: copied })).status).toBe(200);
    await wait(1500);
    expect(await codeOf(await ada.whoAmI({ cookie: copied }))).toBe('session_ended');
    await until(() => cluster.output().includes('a superseded cookie was used after the grace period'));
    const { sessions } = (await (await ada.call('/api/sessions')).json()) as PersonSessions;
    expect(sessions[0]).toMatchObject({ current: true, reusedAgoMs: expect.any(Number) as number });
    expect(await versionOf(await ada.refresh(2))).toBe(3);
  });

  test('fault 2: a session that is rejected for more than a minute beside grants ends, and says why', async () => {
    issuer.script('undead', () => ({ status: 400 }));
    const [undead, ada] = [await signedIn('undead'), await signedIn('living')];
    const startedAtMs = Date.now();
    let version = 1;
    let answer = await undead.refresh(1);
    while (answer.status === 503 && Date.now() - startedAtMs < 120_000) {
      await wait(1000 * Math.min(10, Number(answer.headers.get('retry-after'))));
      expect(await versionOf(await ada.refresh(version))).toBe(version + 1);
      version += 1;
      answer = await undead.refresh(1);
    }
    expect(Date.now() - startedAtMs).toBeGreaterThan(60_000);
    expect(await answer.json()).toMatchObject({ code: 'session_ended', endReason: 'rejected' });
    expect(await (await undead.whoAmI()).json()).toMatchObject({ endReason: 'rejected' });
    expect(issuer.calls('undead')).toBeLessThan(10);
  });
}

describe('password mode, one instance with its store in memory', () => {
  testsOfPasswordMode((issuer) =>
    startCluster(1, (appUrl) => ({
      ...productionEnvironment(issuer.url, appUrl),
      SESSION_STORE: 'memory',
      REFRESH_GRACE_SECONDS: '1',
    })),
  );
});

describeWithRedis('password mode, two instances over one Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());

  testsOfPasswordMode((issuer) =>
    startCluster(2, (appUrl) => ({
      ...productionEnvironment(issuer.url, appUrl),
      REDIS_URL: redis.url,
      REFRESH_GRACE_SECONDS: '1',
    })),
  );
});

describe('OIDC mode', () => {
  let provider: TestProvider;
  let cluster: Cluster;

  beforeAll(async () => {
    provider = await startProvider();
    cluster = await startCluster(1, (appUrl) => ({
      ...productionEnvironment(`${provider.url}/resource`, appUrl),
      ...oidcEnv(provider),
      SESSION_STORE: 'memory',
    }));
    await provider.configure({ appUrl: cluster.url });
  });
  afterAll(async () => {
    await cluster.close();
    await provider.stop();
  });

  async function signedIn(person: string): Promise<OidcPerson> {
    const one = new OidcPerson(cluster.url, provider.url);
    await one.login(person);
    return one;
  }

  test('fault 1: a person whose refresh is rejected, in any words, holds off no other person', async () => {
    const ada = await signedIn('ada');
    let version = 1;
    for (const [status, body, expected] of [
      [400, '{"error":"interaction_required"}', 503],
      [400, '{"error":"login_required"}', 503],
      [400, '', 503],
      [401, '{"error":"invalid_client"}', 500],
    ] as const) {
      const mallory = await signedIn('grace');
      await provider.fault('/token', status, { times: 1, body });
      expect((await mallory.app.refresh(1)).status).toBe(expected);
      expect(await versionOf(await ada.app.refresh(version))).toBe(version + 1);
      version += 1;
    }
  });

  test('fault 9: every refresh answer that carries an access token is kept', async () => {
    const good = { access_token: 'a2', refresh_token: 'r2', token_type: 'Bearer', expires_in: 60 };
    const ada = await signedIn('ada');
    for (const [n, { title, change, status = 200 }] of oddAnswers.entries()) {
      await provider.fault('/token', status, { times: 1, body: JSON.stringify({ ...good, ...change }) });
      expect([title, await versionOf(await ada.app.refresh(n + 1))]).toEqual([title, n + 2]);
      // The allowance of forced refreshes: one a second after the first five.
      if (n >= 4) await wait(1000);
    }
  });
});
