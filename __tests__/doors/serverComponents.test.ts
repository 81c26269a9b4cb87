import { Browser } from '../../testing/browser.ts';
import { describeWithRedis, startRedis, type RedisServer } from '../../testing/redisServer.ts';
import { createReseal, type Reseal, type ResealOptions } from '../../server/index.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { startHost, type Host } from './doors.ts';

/* The complaint that a server component cannot keep a refreshed token: twenty token lives of it, with tabs beside. */
const LIVES = 20;
const RENDERS = 100;
const TTL_SECONDS = 60;

jest.setTimeout(120_000);

/** Instances wait for each other's refresh by this clock: it goes on by itself. */
const clock = new FakeClock();
let ticking: ReturnType<typeof setInterval>;
beforeAll(() => void (ticking = setInterval(() => void clock.advance(20), 20)));
afterAll(() => clearInterval(ticking));

const closing: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one.close();
});

/** Starts the host app, and further instances of its server beside it. */
async function startInstances(
  count: number,
  store: ResealOptions,
): Promise<readonly [Host, readonly Reseal[]]> {
  const host = await startHost({
    upstream: { now: () => clock.now(), accessTtlSeconds: TTL_SECONDS },
    reseal: { clock, ...store },
  });
  closing.push(host);
  const further = Array.from({ length: count - 1 }, (_, at) =>
    createReseal({
      name: `${host.url} ${at}`,
      upstreamUrl: host.upstream.url,
      upstreamPaths: ['/notes', '/me'],
      sessionPassword: 'a-password-of-thirty-two-letters-or-more',
      appUrl: host.url,
      logLevel: 'silent',
      clock,
      ...store,
    }),
  );
  closing.push(...further);
  return [host, [host.reseal, ...further]];
}

/** One request of a tab with the interceptor: after a 401 it refreshes, and sends the request again. */
async function callFromTab(browser: Browser): Promise<number> {
  const first = await browser.call('/api/upstream/me');
  if (first.status !== 401) return first.status;
  await browser.refresh(Number(first.headers.get('x-reseal-version')));
  return (await browser.call('/api/upstream/me')).status;
}

async function liveThrough(count: number, store: ResealOptions): Promise<void> {
  const [host, instances] = await startInstances(count, store);
  const withTabs = new Browser(host.url);
  const neverReseals = new Browser(host.url);
  await withTabs.login('ada', 'lovelace');
  await neverReseals.login('grace', 'hopper');
  const render = ({ cookie }: Browser, at: number) =>
    instances[at % count]!.upstreamFetch('/me', { request: { headers: new Headers({ cookie }) } }).then(
      ({ status }) => status,
    );
  const renders = (browser: Browser) => Array.from({ length: RENDERS }, (_, at) => render(browser, at));

  for (let life = 0; life < LIVES; life += 1) {
    await clock.advance((TTL_SECONDS + 1) * 1000);
    const tabs = [callFromTab(withTabs), callFromTab(withTabs)];
    const statuses = await Promise.all([...renders(withTabs), ...renders(neverReseals), ...tabs]);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  }

  const { refreshCalls, maxPresentations, reuseDetections } = host.upstream.stats();
  expect({ maxPresentations, reuseDetections }).toEqual({ maxPresentations: 1, reuseDetections: 0 });
  expect(refreshCalls).toBeLessThanOrEqual(2 * LIVES);
  for (const browser of [withTabs, neverReseals]) expect((await browser.whoAmI()).status).toBe(200);
}

test('one instance: twenty token lives of a hundred parallel renders, beside two tabs, cost one refresh each and end no session', async () => {
  await liveThrough(1, { sessionStore: 'memory' });
});

describeWithRedis('three instances over Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.close());

  test('twenty token lives of a hundred parallel renders, beside two tabs, cost one refresh each and end no session', async () => {
    await liveThrough(3, { sessionStore: 'redis', redisUrl: redis.url });
  });
});
