import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

let place: OidcApp;
let ada: OidcPerson;

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  place = await startOidcApp({}, { env });
  ada = new OidcPerson(place.url, place.provider.url);
}
afterEach(() => place.close());

const begin = async (query: string) =>
  new URL((await ada.visit(`/api/login?${query}`)).headers.get('location') ?? '', place.url);

describe('a login without settings for its prompt', () => {
  test('forces no prompt, and the log names what to set when no refresh token comes', async () => {
    await start({ OIDC_PROMPT: '' });
    const at = await ada.begin('/session');
    expect(at.searchParams.has('prompt')).toBe(false);
    expect(await ada.comeBack(await ada.answer(at, 'ada'))).toBe('/session');
    expect(place.logged()).toMatch(/"level":40,.*the provider gave no refresh token; .*OIDC_PROMPT=consent/);
  });

  test('sends the parameters that are allowed, and no other', async () => {
    await start({ OIDC_PROMPT: '' });
    const query = 'prompt=login&login_hint=ada%40example.com&acr_values=mfa&max_age=60&ui_locales=ko';
    const at = await begin(`${query}&returnTo=%2Fsession&scope=admin&redirect_uri=https://evil.example&hd=x`);
    expect(Object.fromEntries(at.searchParams)).toMatchObject({
      prompt: 'login',
      login_hint: 'ada@example.com',
      acr_values: 'mfa',
      max_age: '60',
      ui_locales: 'ko',
      scope: 'openid profile email offline_access',
      redirect_uri: `${place.url}/api/callback`,
    });
    expect(at.searchParams.has('hd')).toBe(false);
  });

  test('asks for the sign-up page as the settings say it', async () => {
    await start({ OIDC_PROMPT: '', OIDC_SIGNUP_PARAMS: 'screen_hint=signup&prompt=create' });
    expect(Object.fromEntries((await begin('signup')).searchParams)).toMatchObject({
      prompt: 'create',
      screen_hint: 'signup',
    });
  });

  test.each(['client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'code_challenge', 'request_uri'])(
    'never lets a link set %s, even where the settings allow it',
    async (name) => {
      await start({ OIDC_LOGIN_PARAMS: `${name},prompt` });
      const at = await begin(`${name}=evil&prompt=login`);
      expect(at.searchParams.getAll(name)).not.toContain('evil');
      expect(at.searchParams.get('prompt')).toBe('login');
    },
  );
});

test('a silent login without a session at the provider has an outcome of its own', async () => {
  await start({ OIDC_PROMPT: '' });
  const at = await begin('prompt=none&returnTo=%2Fsession');
  expect(await ada.comeBack(await ada.answer(at, 'ada'))).toBe(
    '/login?problem=login_required&returnTo=%2Fsession',
  );
});

test('a silent login that the provider cannot finish without a question has another', async () => {
  await start({ OIDC_PROMPT: '' });
  const state = (await begin('prompt=none&returnTo=%2Fsession')).searchParams.get('state') ?? '';
  const answer = new URLSearchParams({ error: 'interaction_required', state, iss: place.provider.url });
  const back = new URL(`${place.url}/api/callback?${answer}`);
  expect(await ada.comeBack(back)).toBe('/login?problem=interaction_required&returnTo=%2Fsession');
});

test('logins in three tabs at once finish independently, in any order', async () => {
  await start();
  const begun = await Promise.all(['/session', '/lab', '/notes'].map((place) => ada.begin(place)));
  expect(ada.openLogins).toHaveLength(3);
  for (const at of begun.toReversed()) {
    const back = await ada.answer(at, 'ada');
    const place = await ada.comeBack(back);
    expect(place).toBe(['/session', '/lab', '/notes'][begun.indexOf(at)]);
  }
  expect(ada.openLogins).toEqual([]);
});

test('abandoned logins do not pile up: the oldest gives way to the fifth', async () => {
  await start();
  for (let count = 0; count < 9; count += 1) await ada.begin();
  expect(ada.openLogins).toHaveLength(4);
});

test('a long way back survives the login, and one that no header could carry leads to the start page', async () => {
  await start();
  const long = `/session?filter=${'f'.repeat(1200)}`;
  expect(await ada.login('ada', long)).toBe(long);
  expect(await ada.login('ada', `/session?filter=${'f'.repeat(4000)}`)).toBe('/notes');
});

test('an answer that the provider has the browser post finishes the login', async () => {
  await start();
  const back = await ada.answer(await ada.begin('/session'), 'ada');
  const posted = await fetch(`${place.url}/api/callback`, {
    method: 'POST',
    headers: { Origin: place.provider.url, 'Sec-Fetch-Site': 'cross-site' },
    body: new URLSearchParams([...back.searchParams]),
  });
  const again = /content="0;url=([^"]+)"/.exec(await posted.text())?.[1]?.replaceAll('&amp;', '&') ?? '';
  const finished = await ada.visit(again);
  expect([finished.status, finished.headers.get('location')]).toEqual([303, '/session']);
});
