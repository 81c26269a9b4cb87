import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { Browser, infoOf } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { freePort } from '../../testing/redisServer.ts';

jest.setTimeout(120_000);

let upstream: Upstream;
let running: Instance[];
beforeAll(ensureBuild);
beforeEach(async () => {
  upstream = await createUpstream();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.kill()));
  await upstream.close();
});

async function startNamed(COOKIE_NAME: string): Promise<Instance> {
  const port = await freePort();
  const env = productionEnvironment(upstream.url, `http://127.0.0.1:${port}`);
  const instance = await startInstance({ ...env, COOKIE_NAME }, { port });
  running.push(instance);
  return instance;
}

test('two built apps on one host, at two ports and with two cookie names, keep their sessions apart', async () => {
  const jar = new Map<string, string>();
  const [shop, crm] = [await startNamed('shop'), await startNamed('crm')].map(
    ({ url }) => new Browser(url, { jar }),
  ) as [Browser, Browser];
  await shop.login('ada', 'lovelace');
  await crm.login('grace', 'hopper');
  expect([...jar.keys()].toSorted()).toEqual(['crm', 'crm_hint', 'shop', 'shop_hint']);
  const userAt = async (browser: Browser) => (await infoOf(await browser.whoAmI())).user.name;
  expect([await userAt(shop), await userAt(crm)]).toEqual(['Ada Lovelace', 'Grace Hopper']);
  expect((await infoOf(await shop.refresh(1))).session.version).toBe(2);
  expect((await infoOf(await crm.refresh(1))).session.version).toBe(2);
  await shop.logout();
  expect((await shop.whoAmI()).status).toBe(401);
  expect(await userAt(crm)).toBe('Grace Hopper');

  const page = await (await crm.call('/notes')).text();
  expect(page).toContain('<meta name="reseal-cookie-name" content="crm"/>');
});
