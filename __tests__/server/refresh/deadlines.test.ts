import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { startCluster, type Cluster, type ClusterOptions } from './cluster.ts';

let cluster: Cluster;
let ada: Browser;

async function begin(options?: ClusterOptions): Promise<void> {
  cluster = await startCluster(options);
  ada = new Browser(cluster.app.url);
  await ada.login();
}
afterEach(() => cluster.close());

const DAY_MS = 86_400_000;
const daysLeft = async () => (await infoOf(await ada.whoAmI())).session.endsInMs / DAY_MS;
const maxAgeOf = (answer: Response) =>
  answer.headers.getSetCookie().map((line) => Number(/Max-Age=(\d+)/.exec(line)?.[1]));

describe('the idle deadline', () => {
  test('ends a session that no one refreshed for so long, on every route, without asking the issuer', async () => {
    await begin();
    await cluster.clock.advance(14 * DAY_MS - 1);
    expect((await ada.whoAmI()).status).toBe(200);
    await cluster.clock.advance(1);
    for (const answer of [await ada.whoAmI(), await ada.refresh(1), await ada.call('/api/upstream/me')]) {
      expect(await codeOf(answer)).toBe('session_ended');
    }
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 0, apiCalls: 0 });
  });

  test('begins anew with a refresh, and with nothing else', async () => {
    await begin();
    await cluster.clock.advance(10 * DAY_MS);
    await ada.whoAmI();
    await ada.call('/api/upstream/me');
    expect(await daysLeft()).toBe(4);
    await ada.refresh(1);
    expect(await daysLeft()).toBe(14);
    await cluster.clock.advance(13 * DAY_MS);
    expect(await daysLeft()).toBe(1);
  });

  test('is the refresh’s own where an older seal is sealed anew after the fact', async () => {
    await begin();
    const { cookie } = ada;
    await ada.refresh(1, { loseCookies: true });
    await cluster.clock.advance(20_000);
    const late = await ada.refresh(1, { cookie });
    expect((await infoOf(late)).session.endsInMs).toBe(14 * DAY_MS - 20_000);
    expect(maxAgeOf(late)).toEqual([14 * 86_400 - 20, 14 * 86_400 - 20]);
    // What was sealed says so too.
    expect(await daysLeft()).toBe(14 - 20_000 / DAY_MS);
  });

  test('is kept where the store remembers nothing', async () => {
    await begin();
    const restarted = await cluster.start({ ownMemory: true });
    await cluster.clock.advance(14 * DAY_MS);
    const answer = await new Browser(restarted.url).refresh(1, { cookie: ada.cookie });
    expect(await codeOf(answer)).toBe('session_ended');
    expect(cluster.upstream.stats().refreshCalls).toBe(0);
  });
});

describe('the absolute deadline', () => {
  test('ends a session however often it was refreshed', async () => {
    await begin({ refreshTtlSeconds: 60 * 86_400 });
    for (let version = 1; version <= 29; version += 1) {
      await cluster.clock.advance(DAY_MS);
      expect((await ada.refresh(version)).status).toBe(200);
    }
    expect(await daysLeft()).toBe(1);
    await cluster.clock.advance(DAY_MS - 1);
    expect((await ada.whoAmI()).status).toBe(200);
    await cluster.clock.advance(1);
    for (const answer of [await ada.whoAmI(), await ada.refresh(30)]) {
      expect(await codeOf(answer)).toBe('session_ended');
    }
    expect(cluster.upstream.stats().refreshCalls).toBe(29);
  });

  test('bounds the cookie’s own age', async () => {
    await begin({ refreshTtlSeconds: 60 * 86_400 });
    await cluster.clock.advance(13 * DAY_MS);
    await ada.refresh(1);
    await cluster.clock.advance(13 * DAY_MS);
    expect(maxAgeOf(await ada.refresh(2))).toEqual([4 * 86_400, 4 * 86_400]);
  });

  test('keeps the end of a session remembered for as long as a seal of it could live', async () => {
    await begin();
    const { cookie } = ada;
    await cluster.clock.advance(10 * DAY_MS);
    await ada.refresh(1);
    const refreshed = ada.cookie;
    await ada.logout();
    await cluster.clock.advance(13 * DAY_MS);
    for (const given of [cookie, refreshed]) {
      expect(await codeOf(await ada.whoAmI({ cookie: given }))).toBe('session_ended');
    }
  });
});
