import { openTransaction } from '../../server/issuers/oidc/transaction.ts';
import { startOidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

/** Long enough to be found by chance nowhere. */
const PIECE = 16;

test('no token, code, verifier, secret or key of a login by a provider is in any answer, log or metric', async () => {
  const app = await startOidcApp();
  const ada = new OidcPerson(app.url, app.provider.url);
  const seen: string[] = [];
  const secrets = new Map<string, string>();
  const keep = async (answer: Response) => {
    const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie');
    seen.push(JSON.stringify(headers) + (await answer.text()));
    return answer;
  };

  const at = await ada.begin();
  const pending = await openTransaction(app.runtime, ada.app.cookie, at.searchParams.get('state') ?? '');
  secrets.set('code verifier', pending && 'transaction' in pending ? pending.transaction.codeVerifier : '');
  const back = await ada.answer(at, 'ada');
  secrets.set('code', back.searchParams.get('code') ?? '');
  // The page that sends the browser on holds the code by its nature; nothing after it may.
  await ada.comeBack(back);
  for (let version = 1; version <= 3; version += 1) {
    const { pair, boxKey } = (await app.runtime.cookies.open(ada.app.cookie))!;
    secrets.set(`access token ${version}`, pair.accessToken.slice(pair.accessToken.indexOf('.') + 1));
    secrets.set(`refresh token ${version}`, pair.refreshToken ?? '');
    secrets.set('box key', boxKey);
    await keep(await ada.app.refresh(version));
  }
  await keep(await ada.visit(back.pathname + back.search + '&reseal_hop=1'));
  await app.provider.fault('/token', 400, { body: '{"error":"invalid_client"}', times: 1 });
  await keep(await ada.app.refresh(4));
  for (const path of ['/api/user', '/api/health?ready', '/api/metrics', '/api/upstream/lab', '/api/login'])
    await keep(await ada.app.call(path));
  await keep(
    await ada.app.call('/api/backchannel-logout', {
      method: 'POST',
      body: new URLSearchParams({ logout_token: 'x' }),
    }),
  );
  await keep(await ada.app.logout());
  secrets.set('client secret', app.provider.clientSecret);
  secrets.set('session password', Object.values(app.runtime.settings.keyring.seal)[0] ?? '');
  seen.push(app.logged());

  const everything = seen.join('\n');
  expect(app.logged()).toContain('logged in');
  let pieces = 0;
  for (const [name, secret] of secrets) {
    expect([name, secret.length >= PIECE]).toEqual([name, true]);
    for (let from = 0; from + PIECE <= secret.length; from += PIECE) {
      pieces += 1;
      expect([name, everything.includes(secret.slice(from, from + PIECE))]).toEqual([name, false]);
    }
  }
  console.log(
    `canaries: ${secrets.size} secrets in ${pieces} pieces, searched in ${everything.length} characters, 0 found`,
  );
  await app.close();
});
