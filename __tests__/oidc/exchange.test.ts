/** @jest-environment node */
import { codeOf, infoOf } from '../../testing/browser.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import { SkewedClock } from '../support/skewedClock.ts';

/* A real provider that exchanges a session's own JWT for that of a resource (RFC 8693). */
jest.setTimeout(60_000);

let app: OidcApp;
let ada: OidcPerson;
let clock: SkewedClock;

async function begin(): Promise<void> {
  clock = new SkewedClock();
  app = await startOidcApp(
    { accessTtlSeconds: 3600, fillerBytes: 700, resources: ['billing', 'orders'] },
    {
      env: {
        UPSTREAM_BILLING_EXCHANGE: '1',
        UPSTREAM_ORDERS_RESOURCE: '',
        UPSTREAM_ORDERS_EXCHANGE: '1',
        UPSTREAM_ORDERS_AUDIENCE: 'orders',
      },
      parts: { clock },
    },
  );
  ada = new OidcPerson(app.url, app.provider.url);
  expect(await ada.login()).toBe('/notes');
}
afterEach(() => app.close());

const get = (name: string) => ada.app.call(`/api/upstream/${name}/1`);
const exchanges = async () => {
  const counts = await app.provider.counts();
  return ['billing', 'orders'].map((name) => counts[`exchanged https://${name}.reseal.test/`] ?? 0);
};

test('the session’s own token is exchanged once for all calls of an upstream, and nothing is refreshed', async () => {
  await begin();
  expect((await ada.begin()).searchParams.getAll('resource')).toEqual(['https://api.reseal.test/']);
  const answers = await Promise.all(
    [...Array<string>(10).fill('billing'), ...Array<string>(10).fill('orders'), 'me'].map((name) =>
      get(name),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(await exchanges()).toEqual([1, 1]);
  const { session } = await infoOf(await ada.app.whoAmI());
  expect([session.version, (await app.provider.counts())['strays']]).toEqual([1, undefined]);
});

test('a refresh of the session’s own token has the next call exchange the new one', async () => {
  await begin();
  await get('billing');
  await infoOf(await ada.app.refresh());
  expect((await get('billing')).status).toBe(200);
  expect(await exchanges()).toEqual([2, 0]);
});

test('tokens that died before their time cost the browser one refresh, and one exchange for each upstream', async () => {
  await begin();
  await Promise.all([get('billing'), get('orders')]);
  await app.provider.expire();
  // It was obtained less than a second ago, so the upstream's 401 is believed: the own token is to be replaced.
  const refusal = await get('billing');
  expect([await codeOf(refusal), refusal.headers.get('x-reseal-version')]).toEqual(['token_expired', '1']);
  await infoOf(await ada.app.refresh(1));
  const answers = await Promise.all(['billing', 'orders', 'me', 'billing'].map((name) => get(name)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await exchanges()).toEqual([2, 2]);
  expect((await app.provider.counts())['grant.revoked']).toBeUndefined();
});

test('the server does not exchange an own token that is known to be dead: it refreshes that one first for a read, and answers the interceptor token_expired', async () => {
  await begin();
  clock.putForward(3_600_000);
  const refusal = await get('orders');
  expect([await codeOf(refusal), refusal.headers.get('x-reseal-version')]).toEqual(['token_expired', '1']);
  expect(await exchanges()).toEqual([0, 0]);
  const read = { cookie: ada.app.cookie, 'Sec-Fetch-Site': 'same-origin' };
  const answer = await fetch(`${app.url}/api/upstream/billing/1`, { headers: read });
  expect([answer.status, await exchanges()]).toEqual([200, [1, 0]]);
  expect((await app.provider.counts())['refreshed ']).toBe(1);
});

test('an own token that the provider does not take although it seems alive is replaced, by a read at once and by the browser', async () => {
  await begin();
  await app.provider.expire();
  clock.putForward(11_000);
  const refusal = await get('orders');
  expect([await codeOf(refusal), refusal.headers.get('x-reseal-version')]).toEqual(['token_expired', '1']);
  const read = { cookie: ada.app.cookie, 'Sec-Fetch-Site': 'same-origin' };
  expect((await fetch(`${app.url}/api/upstream/billing/1`, { headers: read })).status).toBe(200);
  expect((await infoOf(await ada.app.refresh(1))).session.version).toBe(2);
  expect((await get('orders')).status).toBe(200);
  expect(await exchanges()).toEqual([1, 1]);
});

test('an upstream that the provider exchanges nothing for is 502, and the session goes on', async () => {
  await begin();
  await app.provider.refuse('billing');
  for (let n = 0; n < 3; n += 1) expect(await codeOf(await get('billing'))).toBe('upstream_refused');
  expect((await get('orders')).status).toBe(200);
  expect((await infoOf(await ada.app.refresh())).session.version).toBe(2);
  expect(await codeOf(await get('billing'))).toBe('upstream_refused');
  expect((await app.provider.counts())['grant.error']).toBe(1);
});

test('a provider that does not answer makes the upstream 503 for a moment, and holds off no refresh of the session', async () => {
  await begin();
  await app.provider.fault('/token', 503, { times: 1 });
  const answers = await Promise.all([get('billing'), get('billing'), get('billing')]);
  expect(await Promise.all(answers.map(codeOf))).toEqual(answers.map(() => 'upstream_unavailable'));
  expect(answers[0]?.headers.get('retry-after')).toBe('1');
  expect((await get('me')).status).toBe(200);
  expect((await infoOf(await ada.app.refresh())).session.version).toBe(2);
  expect((await get('billing')).status).toBe(200);
  expect(await exchanges()).toEqual([1, 0]);
});
