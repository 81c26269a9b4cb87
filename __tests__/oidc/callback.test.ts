import { generateKeyPair, importJWK, SignJWT } from 'jose';
import { StoreUnreachable } from '../../server/store/contracts.ts';
import { openTransaction, sealTransaction } from '../../server/issuers/oidc/transaction.ts';
import { systemClock } from '../../server/clock.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

let app: OidcApp;
let ada: OidcPerson;
let skewMs = 0;

beforeAll(async () => {
  const clock = { ...systemClock, now: () => Date.now() + skewMs };
  app = await startOidcApp({}, { parts: { clock } });
});
afterAll(() => app.close());
beforeEach(() => {
  skewMs = 0;
  ada = new OidcPerson(app.url, app.provider.url);
});

const problemOf = (location: string) => new URL(location, app.url).searchParams.get('problem');

/** Seals the transaction of a state again with a part of it changed. */
async function tamper(change: object, state: string): Promise<void> {
  const opened = await openTransaction(app.runtime, ada.app.cookie, state);
  if (!opened || 'mismatch' in opened) throw new Error('This login is not open.');
  const { transaction } = opened;
  const cookies = await sealTransaction(app.runtime, { ...transaction, ...change }, transaction.returnTo, '');
  const [name = ''] = ada.openLogins;
  ada.app.jar.set(name, /^[^=]+=([^;]*)/.exec(cookies[0] ?? '')?.[1] ?? '');
}

describe('an answer of the provider that does not sign in', () => {
  afterEach(async () => {
    expect((await ada.app.whoAmI()).status).toBe(401);
  });

  test('is the person’s no: said so, and the way on keeps where they wanted to go', async () => {
    const back = await ada.answer(await ada.begin('/session'), 'ada', 'deny');
    expect(await ada.comeBack(back)).toBe('/login?problem=login_denied&returnTo=%2Fsession');
    expect(ada.openLogins).toEqual([]);
  });

  test('comes to a browser in which no login was begun', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    ada.app.jar.clear();
    expect(problemOf(await ada.comeBack(back))).toBe('login_expired');
  });

  test('comes eleven minutes after the login was begun', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    skewMs = 11 * 60_000;
    expect(problemOf(await ada.comeBack(back))).toBe('login_expired');
    skewMs = 0;
  });

  test.each(['nonce', 'codeVerifier'])('does not fit the %s of this login', async (name) => {
    const back = await ada.answer(await ada.begin(), 'ada');
    await tamper({ [name]: 'x'.repeat(43) }, back.searchParams.get('state') ?? '');
    expect(problemOf(await ada.comeBack(back))).toBe('login_failed');
  });

  test('carries a state of another person’s login, and leaves the login under way as it is', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    const foreign = new URL(back);
    foreign.searchParams.set('state', 'x'.repeat(43));
    expect(problemOf(await ada.comeBack(foreign))).toBe('login_mismatch');
    expect(ada.openLogins).toHaveLength(1);
  });

  test.each([
    ['names another issuer (mix-up)', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['names no issuer, though the provider says it does', (url: URL) => url.searchParams.delete('iss')],
    ['brings no code', (url: URL) => url.searchParams.delete('code')],
    ['brings two codes', (url: URL) => url.searchParams.append('code', 'another')],
    ['brings a code that was made up', (url: URL) => url.searchParams.set('code', 'made-up')],
  ])('%s', async (_, change) => {
    const back = await ada.answer(await ada.begin(), 'ada');
    change(back);
    expect(problemOf(await ada.comeBack(back))).toBe('login_failed');
  });

  test.each([
    ['provider_unavailable', 503, '{}'],
    ['provider_unavailable', 429, '{"error":"slow_down"}'],
    ['provider_unavailable', 200, 'rubbish'],
    ['login_misconfigured', 401, '{"error":"invalid_client"}'],
    ['login_failed', 400, '{"error":"invalid_grant"}'],
  ])('is %s where the token endpoint answers %i %s', async (problem, status, body) => {
    const back = await ada.answer(await ada.begin(), 'ada');
    await app.provider.fault('/token', status, { times: 1, body });
    expect(problemOf(await ada.comeBack(back))).toBe(problem);
  });

  test('finds our own store down: no one is signed in, and the tokens go back', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    jest.spyOn(app.runtime.store, 'epochAtLogin').mockRejectedValueOnce(new StoreUnreachable(null));
    const before = (await app.provider.counts())['/token/revocation'] ?? 0;
    expect(problemOf(await ada.comeBack(back))).toBe('provider_unavailable');
    expect((await app.provider.counts())['/token/revocation']).toBe(before + 1);
  });
});

describe('an ID token', () => {
  const claims = (nonce: string) => ({ sub: 'ada', nonce, name: 'Ada' });

  async function answerWith(
    change: (token: SignJWT, nonce: string) => SignJWT,
    key?: CryptoKey,
  ): Promise<string | null> {
    const at = await ada.begin();
    const back = await ada.answer(at, 'ada');
    const nonce = at.searchParams.get('nonce') ?? '';
    const token = new SignJWT(claims(nonce))
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .setIssuer(app.provider.url)
      .setAudience('reseal')
      .setIssuedAt()
      .setExpirationTime('1m');
    const signer = key ?? (await importJWK(app.provider.key, 'RS256'));
    const body = {
      access_token: 'a',
      token_type: 'Bearer',
      id_token: await change(token, nonce).sign(signer),
    };
    await app.provider.fault('/token', 200, { times: 1, body: JSON.stringify(body) });
    return problemOf(await ada.comeBack(back));
  }

  test('that is right in everything signs in', async () => {
    expect(await answerWith((token) => token)).toBeNull();
    expect((await ada.app.whoAmI()).status).toBe(200);
  });

  test.each<[string, (token: SignJWT, nonce: string) => SignJWT]>([
    ['for another client', (token) => token.setAudience('somebody-else')],
    ['of another issuer', (token) => token.setIssuer('https://evil.example')],
    ['that has expired', (token) => token.setExpirationTime(Math.floor(Date.now() / 1000) - 60)],
    ['without a subject', (token) => token.setSubject('')],
  ])('%s signs no one in', async (_, change) => {
    expect(await answerWith(change)).toBe('login_failed');
    expect((await ada.app.whoAmI()).status).toBe(401);
  });

  test('signed with a key that is not the provider’s signs no one in', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    expect(await answerWith((token) => token, privateKey)).toBe('login_failed');
    expect((await ada.app.whoAmI()).status).toBe(401);
  });
});

describe('an old callback', () => {
  test('signs no one in again and leaves the session that it once made', async () => {
    const back = await ada.answer(await ada.begin(), 'ada');
    expect(await ada.comeBack(back)).toBe('/notes');
    expect(problemOf(await ada.comeBack(back))).toBe('login_expired');
    expect((await ada.app.whoAmI()).status).toBe(200);
  });
});
