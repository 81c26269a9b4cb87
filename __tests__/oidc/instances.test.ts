import { startApp } from '../support/app.ts';
import { Browser, codeOf } from '../../testing/browser.ts';
import { startOidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { describeWithRedis, startRedis } from '../../testing/redisServer.ts';
import { oidcEnv } from '../support/testProvider.ts';

jest.setTimeout(30_000);

interface Started {
  readonly close: () => Promise<void>;
}

const running: Started[] = [];
// The last first: an app needs its Redis for as long as it stops.
afterEach(async () => {
  for (const started of running.splice(0).reverse()) await started.close();
});

/** Keeps what is started for one test; whatever becomes of that test, it is closed. */
async function forThisTest<S extends Started>(starting: Promise<S>): Promise<S> {
  const started = await starting;
  running.push(started);
  return started;
}

describeWithRedis('two instances over one Redis, with a provider', () => {
  test('a back-channel logout at one ends the session at both, a token is good at one only, and Redis holds no secret', async () => {
    const redis = await forThisTest(startRedis());
    const one = await forThisTest(startOidcApp({}, { env: { REDIS_URL: redis.url } }));
    const env = { ...oidcEnv(one.provider), REDIS_URL: redis.url, APP_URL: one.url };
    const two = await forThisTest(startApp(`${one.provider.url}/resource`, { env }));
    const ada = new OidcPerson(one.url, one.provider.url);
    await ada.login();
    const there = new Browser(two.url);
    for (const [name, value] of ada.app.jar) there.jar.set(name, value);

    // Refreshed here, known there; both at once cost one call.
    const before = (await one.provider.counts())['/token'] ?? 0;
    const both = await Promise.all([ada.app.refresh(1), there.refresh(1)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(((await one.provider.counts())['/token'] ?? 0) - before).toBe(1);

    const seal = (await one.runtime.cookies.open(ada.app.cookie))!;
    const dump = JSON.stringify(await redis.dump());
    expect(dump).toContain(seal.id);
    for (const secret of [
      seal.pair.accessToken.slice(-40),
      seal.pair.refreshToken,
      seal.boxKey,
      one.provider.clientSecret,
    ])
      expect(dump).not.toContain(secret);

    await one.provider.sendLogout('ada', seal.sid ?? '');
    expect(await codeOf(await ada.app.whoAmI())).toBe('session_ended');
    expect(await codeOf(await there.whoAmI())).toBe('session_ended');
  });
});
