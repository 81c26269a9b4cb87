import { StoreUnreachable } from '../../server/store/contracts.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

let app: OidcApp;
let ada: OidcPerson;
beforeAll(async () => (app = await startOidcApp()));
afterAll(() => app.close());
beforeEach(() => (ada = new OidcPerson(app.url, app.provider.url)));
afterEach(() => jest.restoreAllMocks());

/** Copies the open logins of one browser into another. */
function copyLogins(from: OidcPerson, to: OidcPerson): void {
  const logins = [...from.app.jar].filter(([name]) => name.startsWith('reseal_login'));
  expect(logins).toHaveLength(1);
  for (const [name, value] of logins) to.app.jar.set(name, value);
}

const problemOf = (location: string) => new URL(location, app.url).searchParams.get('problem');

test('a callback that is replayed with a copy of its cookie is refused without a call to the provider', async () => {
  const back = await ada.answer(await ada.begin(), 'ada');
  const thief = new OidcPerson(app.url, app.provider.url);
  copyLogins(ada, thief);
  expect(await ada.comeBack(back)).toBe('/notes');

  const exchange = jest.spyOn(app.runtime.oidc!, 'exchange');
  expect(problemOf(await thief.comeBack(back))).toBe('login_expired');
  expect(exchange).not.toHaveBeenCalled();
  expect((await thief.app.whoAmI()).status).toBe(401);
  expect((await ada.app.whoAmI()).status).toBe(200);
});

test('of two callbacks that come at the same time with one cookie only one reaches the provider', async () => {
  const back = await ada.answer(await ada.begin(), 'ada');
  const exchange = jest.spyOn(app.runtime.oidc!, 'exchange');
  const other = new OidcPerson(app.url, app.provider.url);
  copyLogins(ada, other);
  const ends = await Promise.all([ada.comeBack(back), other.comeBack(back)]);
  expect(ends.map((end) => problemOf(end) ?? end).toSorted()).toEqual(['/notes', 'login_expired']);
  expect(exchange).toHaveBeenCalledTimes(1);
});

test('a callback while the store is out of reach is refused, and the same callback succeeds afterwards', async () => {
  const back = await ada.answer(await ada.begin(), 'ada');
  const exchange = jest.spyOn(app.runtime.oidc!, 'exchange');
  jest.spyOn(app.runtime.store, 'acquire').mockRejectedValueOnce(new StoreUnreachable(new Error('down')));
  expect(problemOf(await ada.comeBack(back))).toBe('provider_unavailable');
  expect(exchange).not.toHaveBeenCalled();
  expect(await ada.comeBack(back)).toBe('/notes');
});
