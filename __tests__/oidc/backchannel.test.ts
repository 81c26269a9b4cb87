import { randomUUID } from 'node:crypto';
import { generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import type { PersonSessions } from '../../contract/sessions.ts';
import { StoreUnreachable } from '../../server/store/contracts.ts';
import { codeOf } from '../../testing/browser.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

let app: OidcApp;
let ada: OidcPerson;
let sid: string;

beforeAll(async () => {
  app = await startOidcApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ada = await signedIn('ada');
  sid = await sidOf(ada);
});

async function signedIn(name: string): Promise<OidcPerson> {
  const person = new OidcPerson(app.url, app.provider.url);
  await person.login(name);
  return person;
}

async function sidOf(person: OidcPerson): Promise<string> {
  return (await app.runtime.cookies.open(person.app.cookie))?.sid ?? '';
}

const lives = async (person: OidcPerson) => (await person.app.whoAmI()).status === 200;

const nowSeconds = () => Math.floor(Date.now() / 1000);

interface Parts {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: CryptoKey | Uint8Array;
}

async function logoutToken({ claims = {}, header = {}, key }: Parts = {}): Promise<string> {
  const whole = {
    iss: app.provider.url,
    aud: 'reseal',
    iat: nowSeconds(),
    exp: nowSeconds() + 120,
    jti: randomUUID(),
    events: { [EVENT]: {} },
    sid,
    ...claims,
  };
  return new SignJWT(whole)
    .setProtectedHeader({ alg: 'RS256', kid: 'test', typ: 'logout+jwt', ...header })
    .sign(key ?? (await importJWK(app.provider.key, 'RS256')));
}

function send(token: string, type = 'application/x-www-form-urlencoded'): Promise<Response> {
  return fetch(`${app.url}/api/backchannel-logout`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: new URLSearchParams({ logout_token: token }).toString(),
  });
}

describe('a logout by the provider', () => {
  test('ends exactly that session: not the same person’s other one, and no other person’s', async () => {
    const [elsewhere, grace] = [await signedIn('ada'), await signedIn('grace')];
    const listed = async () =>
      ((await (await elsewhere.app.call('/api/sessions')).json()) as PersonSessions).sessions.length;
    const before = await listed();
    await app.provider.sendLogout('ada', sid);
    expect(await listed()).toBe(before - 1);
    expect((await app.provider.counts())['backchannel.error']).toBeUndefined();
    expect(await codeOf(await ada.app.whoAmI())).toBe('session_ended');
    expect(await codeOf(await ada.app.refresh(1))).toBe('session_ended');
    expect(await codeOf(await ada.app.call('/api/upstream/notes'))).toBe('session_ended');
    expect([await lives(elsewhere), await lives(grace)]).toEqual([true, true]);
  });

  test('happens when the person logs out on the provider’s own pages', async () => {
    const page = await (await ada.provider.call('/session/end')).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const body = new URLSearchParams({ xsrf, logout: 'yes' });
    await ada.provider.call('/session/end/confirm', { method: 'POST', body });
    expect(await lives(ada)).toBe(false);
    expect(await ada.login()).toBe('/notes');
    expect(await lives(ada)).toBe(true);
  });

  test('of a refreshed session ends every seal of it', async () => {
    const old = ada.app.cookie;
    await ada.app.refresh(1);
    expect((await send(await logoutToken())).status).toBe(200);
    expect(await lives(ada)).toBe(false);
    expect(await codeOf(await ada.app.whoAmI({ cookie: old }))).toBe('session_ended');
  });

  test('of a person, without a session, ends all of hers and later ones live', async () => {
    const [elsewhere, grace] = [await signedIn('ada'), await signedIn('grace')];
    expect((await send(await logoutToken({ claims: { sid: undefined, sub: 'ada' } }))).status).toBe(200);
    expect([await lives(ada), await lives(elsewhere), await lives(grace)]).toEqual([false, false, true]);
    expect(await lives(await signedIn('ada'))).toBe(true);
  });

  test('overtakes a login that is just being finished', async () => {
    const late = new OidcPerson(app.url, app.provider.url);
    for (const [name, value] of ada.provider.jar) late.provider.jar.set(name, value);
    const back = await late.answer(await late.begin(), 'ada');
    expect((await send(await logoutToken())).status).toBe(200);
    await late.comeBack(back);
    expect(await sidOf(late)).toBe(sid);
    expect(await lives(late)).toBe(false);
  });

  test('can be sent again after our store was down, and is refused once it worked', async () => {
    const token = await logoutToken();
    jest.spyOn(app.runtime.store, 'end').mockRejectedValueOnce(new StoreUnreachable(null));
    expect((await send(token)).status).toBe(503);
    expect(await lives(ada)).toBe(true);
    expect((await send(token)).status).toBe(200);
    const again = await send(token);
    expect([again.status, again.headers.get('cache-control')]).toEqual([400, 'private, no-store']);
  });
});

describe('a logout token', () => {
  test.each<[string, Parts]>([
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another client', { claims: { aud: 'somebody-else' } }],
    ['without an audience', { claims: { aud: undefined } }],
    ['that has expired', { claims: { exp: nowSeconds() - 60 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['without a time', { claims: { iat: undefined } }],
    ['of tomorrow', { claims: { iat: nowSeconds() + 86_400, exp: nowSeconds() + 90_000 } }],
    ['of an hour ago', { claims: { iat: nowSeconds() - 3600 } }],
    ['without an id', { claims: { jti: undefined } }],
    ['with an empty id', { claims: { jti: '' } }],
    ['without events', { claims: { events: undefined } }],
    ['of another event', { claims: { events: { 'https://evil.example': {} } } }],
    ['whose event is no object', { claims: { events: { [EVENT]: true } } }],
    ['whose events are a list', { claims: { events: [EVENT] } }],
    ['with a nonce: an ID token', { claims: { nonce: 'n' } }],
    ['with an empty nonce', { claims: { nonce: '' } }],
    ['that names no one', { claims: { sid: undefined } }],
    ['whose session is a number', { claims: { sid: 7 } }],
    ['whose session is empty', { claims: { sid: '' } }],
    ['of another type', { header: { typ: 'at+jwt' } }],
    ['with a header no one understands', { header: { crit: ['x'], x: 1 } }],
    ['signed with a shared secret', { header: { alg: 'HS256' }, key: new Uint8Array(64) }],
    ['of a key that is not published', { header: { kid: 'other' } }],
  ])('%s is refused', async (_, parts) => {
    // A header we do not know cannot even be signed without saying so.
    const token = await logoutToken(parts).catch(() => 'x.y.z');
    expect((await send(token)).status).toBe(400);
    expect(await lives(ada)).toBe(true);
  });

  test('forged with another key, unsigned, cut, or no token at all is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const good = await logoutToken();
    const unsigned = new UnsecuredJWT({ sid, events: { [EVENT]: {} }, jti: 'x' }).encode();
    for (const token of [await logoutToken({ key: privateKey }), unsigned, good.slice(0, -4), 'x', '']) {
      expect((await send(token)).status).toBe(400);
    }
    expect(await lives(ada)).toBe(true);
  });

  test('comes in a form, once, and in no other way', async () => {
    const token = await logoutToken();
    expect((await send(token, 'application/json')).status).toBe(415);
    const url = `${app.url}/api/backchannel-logout`;
    expect((await fetch(`${url}?logout_token=${token}`)).status).toBe(405);
    const twice = new URLSearchParams([['logout_token', token], ['logout_token', token]]); // prettier-ignore
    expect((await fetch(url, { method: 'POST', body: twice })).status).toBe(400);
    expect(await lives(ada)).toBe(true);
  });
});
