import type { IncomingMessage } from 'node:http';
import { startApp, type App } from '../support/app.ts';
import { codeOf, infoOf } from '../../testing/browser.ts';
import { OidcPerson } from '../support/oidcPerson.ts';
import {
  startScriptedProvider,
  type ProviderShape,
  type ScriptedProvider,
} from '../support/scriptedProvider.ts';

/** A secret with characters that form encoding changes. */
const SECRET = 'a+secret with-%characters';

let provider: ScriptedProvider;
let app: App;
let ada: OidcPerson;

async function start(shape: ProviderShape, env: Readonly<Record<string, string>> = {}): Promise<void> {
  provider = await startScriptedProvider(shape);
  app = await startApp(provider.origin, {
    env: {
      UPSTREAM_PATHS: '/userinfo',
      OIDC_ISSUER: `${provider.origin}${shape.path ?? ''}`,
      OIDC_CLIENT_ID: 'the app',
      OIDC_CLIENT_SECRET: SECRET,
      ...env,
    },
  });
  ada = new OidcPerson(app.url, provider.origin);
}
afterEach(async () => {
  await app.close();
  await provider.close();
});

const NAMED = { name: 'Ada Lovelace' };
const basicOf = (req: IncomingMessage) => Buffer.from(/^Basic (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '', 'base64').toString(); // prettier-ignore
/** Undoes `application/x-www-form-urlencoded`. @see RFC 6749 §2.3.1 */
const decoded = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));

describe('the client authenticates', () => {
  test.each<[string, NonNullable<ProviderShape['acceptsClient']>, Record<string, string>]>([
    ['client_secret_basic', (req) => decoded(basicOf(req)) === `the app:${SECRET}` && !basicOf(req).includes(SECRET), {}],
    ['client_secret_basic_raw', (req) => basicOf(req) === `the app:${SECRET}`, {}],
    ['client_secret_post', (req, form) => form.get('client_secret') === SECRET && !req.headers.authorization, {}],
    ['none', (req, form) => !form.has('client_secret') && !req.headers.authorization, { OIDC_CLIENT_SECRET: '' }],
  ])('by %s where the settings say so, at the login and at each refresh', async (method, acceptsClient, env) => {
    await start({ idTokenClaims: NAMED, acceptsClient }, { OIDC_CLIENT_AUTH: method, ...env });
    expect(await ada.login()).toBe('/notes');
    expect((await ada.app.refresh(1)).status).toBe(200);
  }); // prettier-ignore

  test.each([
    [['client_secret_post'], true],
    [['client_secret_basic', 'client_secret_post'], false],
    [undefined, false],
  ])('as the provider announces (%j) where they say nothing', async (announced, isPost) => {
    const metadata = () => ({ token_endpoint_auth_methods_supported: announced });
    await start({
      idTokenClaims: NAMED,
      metadata,
      acceptsClient: (_req, form) => form.has('client_secret') === isPost,
    });
    expect(await ada.login()).toBe('/notes');
  });
});

test('the name of a thin ID token comes from UserInfo, and claims that the settings name are kept over refreshes', async () => {
  const userInfo = { ...NAMED, email: 'ada@example.org', roles: ['admin'], realm: { org: 7 }, secret: 's', 'https://a.example/tier': 'gold' };
  await start({ userInfo }, { USER_CLAIMS: 'roles,org=realm.org,tier=https://a.example/tier' });
  expect(await ada.login()).toBe('/notes');
  const expected = { id: 'ada', name: 'Ada Lovelace', email: 'ada@example.org', roles: ['admin'], org: 7, tier: 'gold' };
  expect((await infoOf(await ada.app.whoAmI())).user).toEqual(expected);
  expect((await infoOf(await ada.app.refresh(1))).user).toEqual(expected);
}); // prettier-ignore

test('UserInfo that refuses the access token does not keep anyone out, and the log says what may be missing', async () => {
  await start({ metadata: (origin) => ({ userinfo_endpoint: `${origin}/nowhere` }) });
  expect(await ada.login()).toBe('/notes');
  expect((await infoOf(await ada.app.whoAmI())).user).toMatchObject({ id: 'ada', name: 'ada' });
  expect(app.logged()).toMatch(/"level":40,.*"endpoint":"userinfo".*UserInfo could not be read/);
});

test('a provider that lists no offline_access is not asked for it, unless the settings ask by themselves', async () => {
  const metadata = () => ({ scopes_supported: ['openid', 'email', 'profile'] });
  await start({ metadata });
  expect((await ada.begin()).searchParams.get('scope')).toBe('openid profile email');
  await app.close();
  app = await startApp(provider.origin, {
    env: { OIDC_ISSUER: provider.origin, OIDC_CLIENT_ID: 'a', OIDC_CLIENT_SECRET: 'b', OIDC_SCOPE: 'openid offline_access' },
  });
  const other = new OidcPerson(app.url, provider.origin);
  expect((await other.begin()).searchParams.get('scope')).toBe('openid offline_access');
}); // prettier-ignore

test.each<[string, NonNullable<ProviderShape['deadRefreshToken']>, string]>([
  ['LemonLDAP::NG calls it an invalid request', [400, { error: 'invalid_request' }], 'invalid_request'],
  ['glewlwyd answers 400 with an empty body', [400, ''], '400'],
  ['the provider wants to ask this person something', [400, { error: 'interaction_required' }], 'invalid_request,interaction_required'],
])('%s: the setting that names it ends the session at the first refusal', async (_, deadRefreshToken, refused) => {
  await start({ idTokenClaims: NAMED, deadRefreshToken }, { OIDC_REFUSED: refused });
  await ada.login();
  provider.forget();
  const response = await ada.app.refresh(1);
  expect([response.status, await codeOf(response)]).toEqual([401, 'session_ended']);
}); // prettier-ignore

test('a refusal that the settings do not name keeps the session', async () => {
  await start({ idTokenClaims: NAMED, deadRefreshToken: [400, { error: 'invalid_request' }] }, { OIDC_REFUSED: '400,interaction_required' });
  await ada.login();
  provider.forget();
  expect((await ada.app.refresh(1)).status).toBe(503);
  expect((await ada.app.whoAmI()).status).toBe(200);
}); // prettier-ignore

test('a provider that rotates its keys while a login is under way is understood at once, twice in a row', async () => {
  await start({ idTokenClaims: NAMED });
  await ada.login();
  for (const place of ['/session', '/lab']) {
    const at = await ada.begin(place);
    provider.rotateKeys();
    expect(await ada.comeBack(await ada.answer(at, 'ada'))).toBe(place);
  }
});

test('a provider that is down when the app starts is found as soon as it is back', async () => {
  await start({ idTokenClaims: NAMED });
  provider.down(true);
  const refused = await ada.visit('/api/login?returnTo=%2Fsession');
  expect(refused.headers.get('location')).toBe('/login?problem=provider_unavailable&returnTo=%2Fsession');
  provider.down(false);
  expect(await ada.login('ada', '/session')).toBe('/session');
});

describe('a logout names where the provider ends its own session', () => {
  const endSession = (origin: string) => ({ end_session_endpoint: `${origin}/logout` });
  const placeOf = async () => {
    await ada.login();
    const response = await ada.app.logout();
    expect(response.status).toBe(204);
    const place = response.headers.get('x-reseal-end-session');
    return place === null ? null : new URL(place);
  };

  test('with the ID token of the login where the settings keep it, also after a refresh', async () => {
    await start({ idTokenClaims: NAMED, metadata: endSession }, { OIDC_ID_TOKEN_HINT: '1' });
    await ada.login();
    await ada.app.refresh(1);
    const place = new URL((await ada.app.logout()).headers.get('x-reseal-end-session') ?? '');
    const [, claims = ''] = (place.searchParams.get('id_token_hint') ?? '').split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'ada', ...NAMED });
  });

  test('without it by default: it costs room in every cookie', async () => {
    await start({ idTokenClaims: NAMED, metadata: endSession });
    const place = await placeOf();
    expect(Object.fromEntries(place!.searchParams)).toEqual({ client_id: 'the app', post_logout_redirect_uri: `${app.url}/login` });
  }); // prettier-ignore

  test('in the words of Cognito and Auth0 where the settings give the address', async () => {
    const address = 'https://id.example/logout?client_id={client_id}&logout_uri={return_to}';
    await start({ idTokenClaims: NAMED, metadata: endSession }, { OIDC_LOGOUT_URL: address });
    const place = await placeOf();
    expect(place?.origin).toBe('https://id.example');
    expect(Object.fromEntries(place!.searchParams)).toEqual({ client_id: 'the app', logout_uri: `${app.url}/login` });
  }); // prettier-ignore

  test('not at all where the settings say none', async () => {
    await start({ idTokenClaims: NAMED, metadata: endSession }, { OIDC_LOGOUT_URL: 'none' });
    expect(await placeOf()).toBeNull();
  });
});

test.each([
  [['none', 'login', 'create'], '', 'create'],
  [undefined, '', 'create'],
  [['none', 'login'], '', null],
  [['none', 'login'], 'login', 'login'],
])(
  'a provider whose list of prompts is %j, and an app that sets the prompt %j, are sent %j for a sign-up',
  async (announced, OIDC_PROMPT, expected) => {
    await start(
      { idTokenClaims: NAMED, metadata: () => ({ prompt_values_supported: announced }) },
      { OIDC_PROMPT, START_PAGE: '/start', LOGIN_PAGE: '/sign-in' },
    );
    const begun = await ada.visit('/api/login?signup&returnTo=%2Fsign-in%2F');
    const at = new URL(begun.headers.get('location') ?? '');
    expect(at.searchParams.get('prompt')).toBe(expected);
    const answered = await fetch(at, { redirect: 'manual' });
    expect(await ada.comeBack(new URL(answered.headers.get('location') ?? ''))).toBe('/start');
  },
);
