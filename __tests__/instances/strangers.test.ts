import { whyThereMayBeSeveral } from '../../server/ops/instanceWarnings.ts';
import { startApp, type App } from '../support/app.ts';
import { Browser } from '../../testing/browser.ts';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';

describe('several instances that each remember for themselves', () => {
  let upstream: Upstream;
  let apps: [App, App];
  const warning = 'another instance refreshes the same sessions';

  beforeEach(async () => {
    upstream = await createUpstream();
    apps = [await startApp(upstream.url), await startApp(upstream.url)];
  });
  afterEach(async () => {
    await upstream.close();
    await Promise.all(apps.map((app) => app.close()));
  });

  test('are warned about, once, by the first seal that another person refreshed', async () => {
    const ada = new Browser(apps[0].url);
    await ada.login();
    await ada.refresh(1);
    const there = new Browser(apps[1].url);
    for (let n = 0; n < 3; n += 1) await there.whoAmI({ cookie: ada.cookie });
    expect(apps[1].logged().split(warning)).toHaveLength(2);
    expect(apps[0].logged()).not.toContain(warning);
  });

  test('are not suspected by one that meets its own refreshes, nor by a seal of before its start', async () => {
    const ada = new Browser(apps[0].url);
    await ada.login();
    const old = ada.cookie;
    await ada.refresh(1);
    await ada.refresh(2);
    await ada.whoAmI();
    await ada.whoAmI({ cookie: old });
    const restarted = await startApp(upstream.url);
    await new Browser(restarted.url).whoAmI({ cookie: ada.cookie });
    expect(apps[0].logged() + restarted.logged()).not.toContain(warning);
    await restarted.close();
  });

  test('are not suspected by one that meets the cookie of a session ended before it was ever refreshed', async () => {
    const ada = new Browser(apps[0].url);
    await ada.login();
    const { cookie } = ada;
    await ada.logout();
    expect((await ada.whoAmI({ cookie })).status).toBe(401);
    expect(apps[0].logged()).not.toContain(warning);
  });

  test.each([
    [{ NODE_APP_INSTANCE: '0' }, 'NODE_APP_INSTANCE'],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'KUBERNETES_SERVICE_HOST'],
    [{ WEB_CONCURRENCY: '2' }, 'WEB_CONCURRENCY'],
    [{ WEB_CONCURRENCY: '1' }, null],
    [{}, null],
  ])('may be told from the environment: %j', (env, hint) => {
    expect(whyThereMayBeSeveral(env)).toBe(hint);
  });
});
