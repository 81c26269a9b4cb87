import { systemClock } from '../../server/clock.ts';
import type { Issuer } from '../../server/issuers/issuer.ts';
import { Browser, infoOf } from '../../testing/browser.ts';
import { describeWithRedis, startRedis } from '../../testing/redisServer.ts';
import { startApp, type App } from '../support/app.ts';
import { deferred } from '../support/deferred.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { oidcEnv } from '../support/testProvider.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(60_000);

let app: OidcApp;
let ada: OidcPerson;
let adas: string;
let skewMs = 0;

beforeAll(async () => {
  const clock = { ...systemClock, now: () => Date.now() + skewMs };
  app = await startOidcApp({ accessTtlSeconds: 300 }, { parts: { clock } });
});
afterAll(() => app.close());
beforeEach(() => signIn(app));

async function signIn({ url, provider }: OidcApp): Promise<void> {
  skewMs = 0;
  ada = new OidcPerson(url, provider.url);
  await ada.login();
  adas = (await infoOf(await ada.app.whoAmI())).session.id;
}

const versionOf = async (person: OidcPerson) => (await infoOf(await person.app.whoAmI())).session.version;
const count = async (name: string) => (await app.provider.counts())[name] ?? 0;
/** The newest pair that the person's cookie leads to. */
async function pairOf(person: OidcPerson) {
  const found = await app.runtime.sessions.look((await app.runtime.cookies.open(person.app.cookie))!);
  return 'pair' in found ? found.pair : null;
}

/** Presents the person's newest refresh token: the family lives. */
async function expectRefreshes(person: OidcPerson): Promise<void> {
  const version = await versionOf(person);
  expect((await infoOf(await person.app.refresh(version))).session.version).toBe(version + 1);
}

/** Holds the answers of an instance's refreshes from here on, once the provider has rotated. */
function holdRefreshes({ runtime }: App) {
  const issuer = runtime.issuer as { refresh: Issuer['refresh'] };
  const { refresh } = issuer;
  const [arrived, released] = [deferred<null>(), deferred<null>()];
  issuer.refresh = async (...given) => {
    const answer = await refresh(...given);
    arrived.resolve(null);
    await released.promise;
    return answer;
  };
  return {
    arrived: arrived.promise,
    release() {
      issuer.refresh = refresh;
      released.resolve(null);
    },
  };
}

/** Comes back while a refresh is held: the code is exchanged, and only the lease keeps the step-up. */
async function comeBackDuring(back: URL, release: () => void): Promise<string> {
  let isBack = false;
  const exchanged = await count('/token');
  const coming = ada.comeBack(back).finally(() => (isBack = true));
  while ((await count('/token')) === exchanged && !isBack) await new Promise((next) => setTimeout(next, 5));
  expect(isBack).toBe(false);
  release();
  return coming;
}

describe('a refresh at the same moment as a step-up', () => {
  test('finishes first; the step-up has the last word, and no refresh token is presented twice', async () => {
    const errors = await count('grant.error');
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    const held = holdRefreshes(app);
    const refreshing = ada.app.refresh(1, { loseCookies: true });
    await held.arrived;
    expect(await comeBackDuring(back, held.release)).toBe('/stepped-up');
    expect((await infoOf(await refreshing)).session.version).toBe(2);
    expect(await versionOf(ada)).toBe(3);
    await expectRefreshes(ada);
    expect(await count('grant.error')).toBe(errors);
  });

  test('whose process stood still for longer than its lease changes nothing when it comes back', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    const held = holdRefreshes(app);
    const refreshing = ada.app.refresh(1, { loseCookies: true });
    await held.arrived;
    skewMs = 60_000;
    expect(await ada.comeBack(back)).toBe('/stepped-up');
    const stepped = await pairOf(ada);
    held.release();
    await refreshing;
    expect(await versionOf(ada)).toBe(2);
    expect(await pairOf(ada)).toEqual(stepped);
    skewMs = 0;
  });

  test('that hangs holds a step-up off for a bounded time, and the session goes on', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    const lease = await app.runtime.store.acquire(adas, 3_600_000);
    const { now } = app.runtime.clock;
    const ticks = jest.spyOn(app.runtime.clock, 'now').mockImplementation(() => now() + (skewMs += 1000));
    expect(await ada.comeBack(back)).toBe('/stepped-up?problem=provider_unavailable');
    ticks.mockRestore();
    skewMs = 0;
    await lease?.release();
    expect(await versionOf(ada)).toBe(1);
    await expectRefreshes(ada);
  });

  test('whose answer was lost is caught up with: an older cookie leads to the stepped-up tokens', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    await ada.app.refresh(1, { loseCookies: true });
    expect(await ada.comeBack(back)).toBe('/stepped-up');
    expect(await versionOf(ada)).toBe(3);
    await expectRefreshes(ada);
  });
});

describeWithRedis('a refresh on another instance, over one Redis', () => {
  test('finishes before a step-up here, and both instances go on with the stepped-up tokens', async () => {
    const redis = await startRedis();
    const one = await startOidcApp({ accessTtlSeconds: 300 }, { env: { REDIS_URL: redis.url } });
    const env = { ...oidcEnv(one.provider), REDIS_URL: redis.url, APP_URL: one.url };
    const two = await startApp(`${one.provider.url}/resource`, { env });
    const usual = app;
    try {
      app = one;
      await signIn(one);
      const there = new Browser(two.url);
      for (const [name, value] of ada.app.jar) there.jar.set(name, value);
      const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
      const held = holdRefreshes(two);
      const refreshing = there.refresh(1);
      await held.arrived;
      expect(await comeBackDuring(back, held.release)).toBe('/stepped-up');
      expect((await infoOf(await refreshing)).session.version).toBe(2);
      expect((await infoOf(await there.whoAmI())).session.version).toBe(3);
      const both = await Promise.all([ada.app.refresh(3), there.refresh(3)]);
      expect(both.map(({ status }) => status)).toEqual([200, 200]);
      expect(await count('grant.error')).toBe(0);
    } finally {
      app = usual;
      await two.close();
      await one.close();
      await redis.close();
    }
  });
});
