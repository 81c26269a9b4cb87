import { startOidcHouse } from '../support/oidcHouse.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

test('tokens that fit into no session are said so, and are revoked', async () => {
  const house = await startOidcHouse({ fillerBytes: 6000 });
  const ada = new OidcPerson(house.url, house.provider.url);
  expect(await ada.login()).toBe('/login?problem=login_too_large&returnTo=%2Fnotes');
  expect(ada.app.jar.size).toBe(0);
  expect((await house.provider.counts())['/token/revocation']).toBe(1);
  await house.close();
});
