import type { AxiosError } from 'axios';
import { setTimeout as wait } from 'node:timers/promises';
import type { SessionInfo } from '../../contract/user.ts';
import { createConnection, type Connection } from '../../store/connection.ts';
import { startBalancer, type Balancer } from '../../testing/balancer.ts';
import { infoOf } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../testing/redisServer.ts';
import { TabbedBrowser } from '../support/browserTabs.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { oidcEnv, resourceEnv, startProvider, type TestProvider } from '../support/testProvider.ts';

/*
 * The built app, twice over one Redis, before a real OpenID provider with three resources; a browser with two tabs.
 * `ROUNDS=1000 npm test -- __tests__/instances/resources` runs it for long, `LIFE_SECONDS=2` lets the tokens die by time, and
 * `FIGURES=1` prints what it took.
 */
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
/** So long access tokens live, where they die by time; else they are killed before it. */
const LIFE_SECONDS = Number(process.env['LIFE_SECONDS'] ?? 0);
const NAMES = ['billing', 'orders', 'search'] as const;
const EACH = 10;
/** A session with three resources may refresh four times a second for good: three of them are a round. */
const ROUND_MS = 800;
jest.setTimeout(120_000 + ROUNDS * 5000);

describeWithRedis('three resources that expire together', () => {
  let redis: RedisServer;
  let provider: TestProvider;
  let instances: readonly Instance[];
  let balancer: Balancer;
  let browser: TabbedBrowser;
  let tabs: readonly Connection[];

  beforeAll(async () => {
    await ensureBuild();
    [redis, provider] = await Promise.all([startRedis(), startProvider()]);
    let started: readonly Instance[] = [];
    balancer = await startBalancer(() => started.map(({ url }) => url));
    const env = {
      ...productionEnvironment(`${provider.url}/resource`, balancer.url),
      UPSTREAM_PATHS: '/me',
      REDIS_URL: redis.url,
      ...oidcEnv(provider),
      ...resourceEnv(provider, NAMES),
    };
    started = await Promise.all([startInstance(env), startInstance(env)]);
    instances = started;
    await provider.configure({
      appUrl: balancer.url,
      accessTtlSeconds: LIFE_SECONDS || 3600,
      fillerBytes: 700,
      resources: NAMES,
    });
    const ada = new OidcPerson(balancer.url, provider.url);
    expect(await ada.login()).toBe('/notes');
    browser = new TabbedBrowser(balancer.url, { jar: ada.app.jar });
    const session: SessionInfo = await infoOf(await browser.whoAmI());
    tabs = [1, 2].map(() =>
      createConnection({ ...browser.tab(), onEvent: () => undefined, held: () => session }),
    );
  });
  afterAll(async () => {
    tabs.forEach((tab) => tab.close());
    await Promise.all(instances.map((instance) => instance.kill()));
    await balancer.close();
    await provider.stop();
    await redis.close();
  });

  /** Ten requests of each resource, five in each tab; answers the statuses that were seen. */
  async function everything(): Promise<ReadonlySet<number | string>> {
    const calls = NAMES.flatMap((name) =>
      Array.from({ length: EACH }, (_, at) => ({ name, tab: tabs[at % 2]! })),
    );
    const answers = calls.map(({ name, tab }) =>
      tab.http.get(`/api/upstream/${name}/1`).then(
        ({ status }) => status,
        (error: AxiosError) => error.response?.status ?? error.code ?? 'failed',
      ),
    );
    return new Set(await Promise.all(answers));
  }

  test(`cost one call each in ${ROUNDS} rounds, present each refresh token once, and all requests are answered`, async () => {
    expect(await everything()).toEqual(new Set([200]));
    const startedAtMs = performance.now();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const pause = wait(ROUND_MS);
      await (LIFE_SECONDS > 0 ? wait(LIFE_SECONDS * 1000 + 50) : provider.expire());
      const statuses = await everything();
      const counts = await provider.counts();
      const refreshed = NAMES.map((name) => counts[`refreshed https://${name}.reseal.test/`]);
      expect({ round, statuses: [...statuses], refreshed, strays: counts['strays'], errors: counts['grant.error'] }).toEqual({
        round, statuses: [200], refreshed: NAMES.map(() => round + 1), strays: undefined, errors: undefined,
      }); // prettier-ignore
      await pause;
    }
    const counts = await provider.counts();
    // The session's own token is used by no request here, and costs nothing.
    expect(counts['refreshed https://api.reseal.test/']).toBeUndefined();
    expect([counts['grant.revoked'], balancer.failures()]).toEqual([undefined, 0]);
    if (process.env['FIGURES']) {
      const ms = Math.round((performance.now() - startedAtMs) / ROUNDS);
      console.log({
        rounds: ROUNDS,
        requests: ROUNDS * NAMES.length * EACH,
        calls: 3 * ROUNDS,
        reseals: browser.count('POST /api/user'),
        ms,
      });
    }
  });
});
