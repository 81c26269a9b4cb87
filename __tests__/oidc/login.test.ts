import { startOidcHouse, type OidcHouse } from '../support/oidcHouse.ts';
import { infoOf } from '../support/browser.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

let house: OidcHouse;
let ada: OidcPerson;

beforeAll(async () => {
  house = await startOidcHouse();
});
afterAll(() => house.close());
beforeEach(() => {
  ada = new OidcPerson(house.url, house.provider.url);
});

describe('a login at a provider', () => {
  test('leads to where the person wanted to go, with a session whose seal is chunked', async () => {
    expect(await ada.login('ada', '/session?tab=2')).toBe('/session?tab=2');
    const { user, session } = await infoOf(await ada.app.whoAmI());
    expect(user).toEqual({
      id: 'ada',
      name: 'ada of the provider',
      email: 'ada@example.org',
      preferred_username: 'ada',
    });
    expect(session).toMatchObject({ version: 1 });
    expect([...ada.app.jar.keys()]).toEqual(expect.arrayContaining(['reseal.0', 'reseal.1', 'reseal_hint']));
    expect(ada.app.jar.has('reseal_login')).toBe(false);
  });
});
