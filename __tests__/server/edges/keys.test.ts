import { keyringOf } from '../../../server/settings/keyring.ts';
import { createUpstream, type Upstream } from '../../../upstream/createUpstream.ts';
import { startApp, type App } from '../../support/app.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';

const first = 'the-first-password-of-thirty-two-letters';
const second = 'the-second-password-of-thirty-two-letters';
const third = 'the-third-password-of-thirty-two-letters';

let upstream: Upstream;
let apps: App[];

beforeEach(async () => {
  apps = [];
  upstream = await createUpstream();
});
afterEach(async () => {
  await upstream.close();
  await Promise.all(apps.map((app) => app.close()));
});

/** Restarts the app with these passwords; the browser keeps its jar. */
async function restart(browser: Browser | null, ...passwords: string[]): Promise<Browser> {
  const app = await startApp(upstream.url, { env: { SESSION_PASSWORD: passwords.join(',') } });
  apps.push(app);
  const next = new Browser(app.url);
  browser?.jar.forEach((value, name) => next.jar.set(name, value));
  return next;
}

const numberOf = (browser: Browser) => browser.jar.get('reseal')?.split('*')[1];
const numberFor = (password: string) => Object.keys(keyringOf([password]).seal)[0];

test('adding, swapping and dropping a password logs no one out', async () => {
  let ada = await restart(null, first);
  const { session } = await ada.login();
  expect(numberOf(ada)).toBe(numberFor(first));

  ada = await restart(ada, second, first);
  expect((await infoOf(await ada.whoAmI())).session.id).toBe(session.id);
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
  expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
  expect(numberOf(ada)).toBe(numberFor(second));

  ada = await restart(ada, second);
  expect((await infoOf(await ada.whoAmI())).session).toMatchObject({ id: session.id, version: 2 });
});

test('what is sealed with a password that was dropped names no session, and is not cleared', async () => {
  let ada = await restart(null, first);
  await ada.login();
  ada = await restart(ada, second);
  const response = await ada.whoAmI();
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await codeOf(response)).toBe('no_session');
  ada = await restart(ada, third, second, first);
  expect((await ada.whoAmI()).status).toBe(200);
});

test('the newest seals wherever its number falls, and the order says which that is', async () => {
  for (const order of [
    [first, second, third],
    [second, third, first],
    [third, first, second],
  ]) {
    const ada = await restart(null, ...order);
    await ada.login();
    expect(numberOf(ada)).toBe(numberFor(order[0] ?? ''));
  }
});

test('a number comes from the password alone and says nothing of it', () => {
  const { open } = keyringOf([first, second]);
  expect(open).toEqual(keyringOf([second, first]).open);
  expect(open).toEqual({ ...keyringOf([first]).open, ...keyringOf([second]).open });
  expect(Object.keys(keyringOf([first, first]).open)).toHaveLength(1);
  for (const number of Object.keys(open)) expect(number).toMatch(/^\d{1,10}$/);
});
