/** @jest-environment node */
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { startApp } from '../support/app.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { oidcEnv, resourceEnv } from '../support/testProvider.ts';

/* A real provider that gives JWTs for single resources (RFC 8707), and resources that take their own alone. */
jest.setTimeout(60_000);

const NAMES = ['billing', 'orders', 'search'] as const;
let app: OidcApp;
let ada: OidcPerson;

async function begin(): Promise<void> {
  app = await startOidcApp({ accessTtlSeconds: 3600, fillerBytes: 700, resources: NAMES });
  ada = new OidcPerson(app.url, app.provider.url);
  expect(await ada.login()).toBe('/notes');
}
afterEach(() => app.close());

const get = (name: string) => ada.app.call(`/api/upstream/${name}/1`);

test('a login asks for every resource, and each upstream receives the token that is for it', async () => {
  await begin();
  const asked = (await ada.begin()).searchParams.getAll('resource');
  const uris = ['api', ...NAMES].map((name) => `https://${name}.reseal.test/`);
  expect(asked).toEqual(uris);
  const answers = await Promise.all([...NAMES, ...NAMES, 'me'].map(get));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const counts = await app.provider.counts();
  for (const name of NAMES) expect(counts[`refreshed https://${name}.reseal.test/`]).toBe(1);
  expect([counts['strays'], counts['grant.error'], counts['grant.revoked']]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('the session’s own token is for the resource of OIDC_PARAMS after a refresh, too', async () => {
  await begin();
  await get('billing');
  await infoOf(await ada.app.refresh());
  expect((await get('me')).status).toBe(200);
  const counts = await app.provider.counts();
  expect([counts['refreshed https://api.reseal.test/'], counts['strays']]).toEqual([1, undefined]);
});

test('tokens that are refused before their time are replaced one after the other, and no refresh token is presented twice', async () => {
  await begin();
  await Promise.all(NAMES.map(get));
  await infoOf(await ada.app.refresh());
  await app.provider.expire();
  const answers = await Promise.all([...NAMES, ...NAMES, ...NAMES].map(get));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect((await get('me')).status).toBe(200);
  expect((await infoOf(await ada.app.refresh(5))).session.version).toBe(9);
  const counts = await app.provider.counts();
  for (const name of NAMES) expect(counts[`refreshed https://${name}.reseal.test/`]).toBe(2);
  expect([counts['grant.error'], counts['grant.revoked']]).toEqual([undefined, undefined]);
});

test('a resource that was added to the settings after the login is 502, and costs the session nothing', async () => {
  await begin();
  const { runtime, provider } = app;
  const later = await startApp(`${provider.url}/resource`, {
    env: { ...oidcEnv(provider), ...resourceEnv(provider, [...NAMES, 'stock']), APP_URL: app.url },
    parts: { store: runtime.store },
  });
  const there = new Browser(later.url, { jar: ada.app.jar });
  for (let n = 0; n < 2; n += 1)
    expect(await codeOf(await there.call('/api/upstream/stock/1'))).toBe('upstream_refused');
  expect((await there.call('/api/upstream/orders/1')).status).toBe(200);
  expect((await infoOf(await there.refresh())).session.version).toBe(3);
  const counts = await provider.counts();
  expect([counts['grant.error'], counts['grant.revoked']]).toEqual([undefined, undefined]);
  expect(later.logged().match(/this session began before the resource/g)).toHaveLength(1);
  await later.close();
});

test('a resource that the provider no longer gives tokens for is 502; this one has used up the refresh token by then', async () => {
  await begin();
  await app.provider.refuse('billing');
  for (let n = 0; n < 3; n += 1) expect(await codeOf(await get('billing'))).toBe('upstream_refused');
  expect((await get('me')).status).toBe(200);
  expect(app.logged()).toContain('the issuer gives no token for this resource');
  const counts = await app.provider.counts();
  expect([counts['grant.error'], counts['grant.revoked']]).toEqual([1, undefined]);
  // oidc-provider 9.13 rotates before it looks at the resource, and keeps the new token to itself.
  expect(await codeOf(await ada.app.refresh())).toBe('session_ended');
});
