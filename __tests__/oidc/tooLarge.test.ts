import { startOidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

test('tokens that fit into no session are said so, and are revoked', async () => {
  const app = await startOidcApp({ fillerBytes: 6000 });
  const ada = new OidcPerson(app.url, app.provider.url);
  expect(await ada.login()).toBe('/login?problem=login_too_large&returnTo=%2Fnotes');
  expect(ada.app.jar.size).toBe(0);
  expect((await app.provider.counts())['/token/revocation']).toBe(1);
  await app.close();
});
