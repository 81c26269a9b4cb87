import { importJWK, SignJWT } from 'jose';
import { stepUpOf } from '../../contract/stepUp.ts';
import type { LoginEvent, LoginVerdict } from '../../server/hooks.ts';
import { systemClock } from '../../server/clock.ts';
import { ApiError } from '../../server/http/problem.ts';
import { codeOf, infoOf } from '../../testing/browser.ts';
import { startAppWithUpstream } from '../support/app.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(60_000);

let app: OidcApp;
let ada: OidcPerson;
let adas: string;
let skewMs = 0;
let onLogin: (event: LoginEvent) => LoginVerdict = () => undefined;

beforeAll(async () => {
  const clock = { ...systemClock, now: () => Date.now() + skewMs };
  const hooks = { onLogin: (event: LoginEvent) => onLogin(event) };
  app = await startOidcApp({ accessTtlSeconds: 300 }, { parts: { clock, hooks } });
});
afterAll(() => app.close());
beforeEach(async () => {
  skewMs = 0;
  onLogin = () => undefined;
  ada = new OidcPerson(app.url, app.provider.url);
  adas = await signIn(ada);
  await ada.app.call('/api/upstream/notes', { method: 'POST', json: { text: 'kept' } });
});

/** Logs in; answers the id of the session. */
async function signIn(person: OidcPerson, name = 'ada'): Promise<string> {
  expect(await person.login(name)).toBe('/notes');
  return (await infoOf(await person.app.whoAmI())).session.id;
}

const problemOf = (location: string) => new URL(location, app.url).searchParams.get('problem');
const versionOf = async (person: OidcPerson) => (await infoOf(await person.app.whoAmI())).session.version;
const deleteAll = (person: OidcPerson, as: string) =>
  person.app.call('/api/upstream/notes', { method: 'DELETE', headers: { 'X-Reseal': as } });
const notesOf = async (person: OidcPerson) =>
  ((await (await person.app.call('/api/upstream/notes')).json()) as { notes: unknown[] }).notes.length;
const count = async (name: string) => (await app.provider.counts())[name] ?? 0;
/** The newest pair that the person's cookie leads to. */
async function pairOf(person: OidcPerson) {
  const found = await app.runtime.sessions.look((await app.runtime.cookies.open(person.app.cookie))!);
  return 'pair' in found ? found.pair : null;
}

/** Goes through the provider and back; answers where that led. */
async function stepUp(
  person: OidcPerson,
  id: string,
  demand = { max_age: '0' },
  as = 'ada',
): Promise<string> {
  return person.comeBack(await person.answer(await person.beginStepUp(id, demand), as));
}

/** Presents the person's newest refresh token: the family lives. */
async function expectRefreshes(person: OidcPerson): Promise<void> {
  const version = await versionOf(person);
  expect((await infoOf(await person.app.refresh(version))).session.version).toBe(version + 1);
}

describe('an API that demands a newer login', () => {
  beforeEach(() => app.provider.demandFreshLogin());

  test('has its 401 passed as it is, with the demand, and nothing is done', async () => {
    const refused = await deleteAll(ada, adas);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('x-reseal-reason')).toBeNull();
    expect(stepUpOf(refused.headers.get('www-authenticate'))?.maxAge).toBeGreaterThanOrEqual(0);
    expect(await notesOf(ada)).toBeGreaterThan(0);
  });

  test('accepts the same request once the person has logged in again: the session keeps its id and its end', async () => {
    const errors = await count('grant.error');
    const refused = await deleteAll(ada, adas);
    const { maxAge } = stepUpOf(refused.headers.get('www-authenticate'))!;
    const before = await infoOf(await ada.app.whoAmI());
    const createdAtMs = (await app.runtime.cookies.open(ada.app.cookie))!.createdAtMs;
    expect(await stepUp(ada, adas, { max_age: String(maxAge) })).toBe('/stepped-up');
    const after = await infoOf(await ada.app.whoAmI());
    expect(after.session).toMatchObject({ id: adas, version: before.session.version + 1 });
    expect(after.user).toEqual(before.user);
    expect((await app.runtime.cookies.open(ada.app.cookie))!.createdAtMs).toBe(createdAtMs);
    expect(ada.openLogins).toEqual([]);
    const deleted = await count('notes deleted');
    expect((await deleteAll(ada, adas)).status).toBe(204);
    expect((await count('notes deleted')) - deleted).toBe(1);
    expect(await notesOf(ada)).toBe(0);
    expect(app.logged()).toContain(`"audit":"stepped_up","session":"${adas}"`);
    // The provider took the old refresh token for no theft, and the session goes on with the new one.
    await expectRefreshes(ada);
    expect((await deleteAll(ada, adas)).status).toBe(204);
    expect(await count('grant.error')).toBe(errors);
  });

  test('is not satisfied by a login of another person: it is refused, and its tokens are revoked', async () => {
    const pair = await pairOf(ada);
    const revocations = await count('/token/revocation');
    // The provider has forgotten the first person, who sits beside the second.
    ada.provider.jar.clear();
    expect(await stepUp(ada, adas, { max_age: '0' }, 'grace')).toBe('/stepped-up?problem=step_up_mismatch');
    expect((await count('/token/revocation')) - revocations).toBe(1);
    expect((await infoOf(await ada.app.whoAmI())).user.id).toBe('ada');
    expect(await pairOf(ada)).toEqual(pair);
    expect((await deleteAll(ada, adas)).status).toBe(401);
    expect(await notesOf(ada)).toBeGreaterThan(0);
    await expectRefreshes(ada);
  });

  test('sends no one to the provider twice for one answer: the second use of a transaction changes nothing', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas, { max_age: '0' }), 'ada');
    const copied = new Map(ada.app.jar);
    expect(await ada.comeBack(back)).toBe('/stepped-up');
    const version = await versionOf(ada);
    const [name = ''] = [...copied.keys()].filter((one) => one.includes('reseal_login'));
    ada.app.jar.set(name, copied.get(name) ?? '');
    expect(await ada.comeBack(back)).toBe('/stepped-up?problem=login_expired');
    expect(await versionOf(ada)).toBe(version);
    await expectRefreshes(ada);
  });
});

describe('a step-up that does not come about', () => {
  test.each(['', 'made-up', '\u0000', 'a'.repeat(4000)])(
    'for the id %# of no session here goes nowhere',
    async (id) => {
      const to = await ada.beginStepUp(id, { max_age: '0' });
      expect(to.pathname + to.search).toBe('/stepped-up?problem=step_up_mismatch');
      expect(ada.openLogins).toEqual([]);
    },
  );

  test('for a browser without a session goes nowhere', async () => {
    ada.app.jar.clear();
    expect((await ada.beginStepUp(adas)).search).toBe('?problem=step_up_mismatch');
  });

  test('asked for by a link on another site leads to the login page', async () => {
    const response = await ada.visit(
      `/api/login?stepUp=${adas}&max_age=0&returnTo=/stepped-up`,
      'cross-site',
    );
    expect(response.headers.get('location')).toBe('/login?returnTo=%2Fstepped-up');
  });

  test('because the person declines at the provider changes nothing', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada', 'deny');
    expect(await ada.comeBack(back)).toBe('/stepped-up?problem=login_denied');
    await expectRefreshes(ada);
  });

  test('because the session ended in between brings no session back', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    const jar = new Map(ada.app.jar);
    await ada.app.logout();
    // As where the logout's answer was lost.
    for (const [name, value] of jar) ada.app.jar.set(name, value);
    expect(problemOf(await ada.comeBack(back))).toMatch(/step_up_mismatch|login_failed/);
    expect(await codeOf(await ada.app.whoAmI())).toBe('session_ended');
  });

  test('because the session ended as its tokens were fetched has them revoked', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    const seal = (await app.runtime.cookies.open(ada.app.cookie))!;
    const { store } = app.runtime;
    const acquire = jest.spyOn(store, 'acquire').mockImplementation(async (id, ttlMs) => {
      acquire.mockRestore();
      const given = await store.acquire(id, ttlMs);
      // The transaction is spent; a provider ends the session before its lease is asked for.
      await store.end(seal.id, 'logout', 60_000);
      return given;
    });
    const before = await count('/token/revocation');
    expect(problemOf(await ada.comeBack(back))).toBe('step_up_mismatch');
    expect((await count('/token/revocation')) - before).toBe(1);
    expect(await codeOf(await ada.app.whoAmI())).toBe('session_ended');
  });

  test('because the provider ended the session in between gives no tokens to it', async () => {
    const seal = (await app.runtime.cookies.open(ada.app.cookie))!;
    const { cookies } = app.runtime;
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    // After the look at the record, and before the commit.
    const sealing = jest.spyOn(cookies, 'seal').mockImplementation(async (...given) => {
      sealing.mockRestore();
      await app.provider.sendLogout('ada', seal.sid ?? '');
      return cookies.seal(...given);
    });
    const before = await count('/token/revocation');
    expect(problemOf(await ada.comeBack(back))).toBe('step_up_mismatch');
    expect((await count('/token/revocation')) - before).toBe(1);
    expect(await codeOf(await ada.app.whoAmI())).toBe('session_ended');
  });

  test('because the browser holds another session of the same person leaves that one as it is', async () => {
    const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
    const [transaction = ''] = ada.openLogins;
    const elsewhere = new OidcPerson(app.url, app.provider.url);
    for (const [name, value] of ada.provider.jar) elsewhere.provider.jar.set(name, value);
    const other = await signIn(elsewhere);
    elsewhere.app.jar.set(transaction, ada.app.jar.get(transaction) ?? '');
    expect(await elsewhere.comeBack(back)).toBe('/stepped-up?problem=step_up_mismatch');
    expect((await infoOf(await elsewhere.app.whoAmI())).session).toMatchObject({ id: other, version: 1 });
    // Both logins live on one grant of the provider: a revocation would have ended these sessions.
    await expectRefreshes(elsewhere);
    await expectRefreshes(ada);
  });

  test('because the host app vetoes it changes nothing', async () => {
    const seen: LoginEvent[] = [];
    onLogin = (event) => {
      seen.push(event);
      return { refuse: true };
    };
    expect(await stepUp(ada, adas)).toBe('/stepped-up?problem=login_denied');
    expect(seen).toEqual([
      expect.objectContaining({ stepsUp: adas, user: expect.objectContaining({ id: 'ada' }) }),
    ]);
    expect(await versionOf(ada)).toBe(1);
    await expectRefreshes(ada);
  });

  test('because its tokens do not fit a cookie changes nothing', async () => {
    const { cookies } = app.runtime;
    const seal = jest.spyOn(cookies, 'seal').mockRejectedValueOnce(new ApiError('session_too_large'));
    expect(await stepUp(ada, adas)).toBe('/stepped-up?problem=login_too_large');
    seal.mockRestore();
    expect(await versionOf(ada)).toBe(1);
    await expectRefreshes(ada);
  });

  test('is no route where people log in with a password', async () => {
    const other = await startAppWithUpstream();
    const answer = await fetch(`${other.url}/api/login?stepUp=x&max_age=0`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    await other.close();
  });
});

describe('what a step-up asks of the provider', () => {
  test.each([
    [{}, { max_age: '0' }],
    [{ max_age: '60' }, { max_age: '60' }],
    [{ acr_values: 'urn:gold urn:silver' }, { acr_values: 'urn:gold urn:silver' }],
    [
      { acr_values: 'gold', max_age: '5' },
      { acr_values: 'gold', max_age: '5' },
    ],
    // Hostile or malformed.
    [{ acr_values: 'a\u0000b' }, { max_age: '0' }],
    [{ acr_values: 'x'.repeat(513) }, { max_age: '0' }],
    [{ max_age: '-1' }, { max_age: '0' }],
    [{ max_age: 'soon' }, { max_age: '0' }],
    [{ max_age: '1'.repeat(40), acr_values: 'gold' }, { acr_values: 'gold' }],
    [{ prompt: 'none', client_id: 'x', redirect_uri: 'https://evil.example', state: 'y' }, { max_age: '0' }],
  ])('for %j is %j and nothing else', async (demand, expected) => {
    const { searchParams } = await ada.beginStepUp(adas, demand);
    const asked = Object.fromEntries(searchParams);
    expect({ ...asked, ...expected }).toEqual(asked);
    expect(asked['client_id']).toBe('reseal');
    expect(asked['prompt']).toBe('consent');
    for (const name of ['acr_values', 'max_age'])
      expect(asked[name]).toBe((expected as Record<string, string>)[name]);
  });

  test.each([
    [
      'is accepted where it came after the step-up was begun, however long the next page took',
      120,
      '/stepped-up',
    ],
    ['is refused where it was too old when the step-up was begun', 600, '/stepped-up?problem=login_failed'],
  ])('a login %s', async (_, secondsAgo, expected) => {
    skewMs = -5 * 60_000;
    const at = await ada.beginStepUp(adas, { max_age: '0' });
    skewMs = 0;
    const back = await ada.answer(at, 'ada');
    const authTime = Math.floor(Date.now() / 1000) - secondsAgo;
    const claims = { sub: 'ada', name: 'Ada', nonce: at.searchParams.get('nonce'), auth_time: authTime };
    const idToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .setIssuer(app.provider.url)
      .setAudience('reseal')
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(await importJWK(app.provider.key, 'RS256'));
    const body = JSON.stringify({ access_token: 'a', token_type: 'Bearer', id_token: idToken });
    await app.provider.fault('/token', 200, { times: 1, body });
    expect(await ada.comeBack(back)).toBe(expected);
    // This answer brought no refresh token: the session keeps the one that it had.
    await expectRefreshes(ada);
  });
});

test('a step-up writes no cookie, which could come late: the older one leads to its tokens, and catches up', async () => {
  await app.provider.demandFreshLogin();
  const back = await ada.answer(await ada.beginStepUp(adas), 'ada');
  const seal = () => [...ada.app.jar].filter(([name]) => !name.includes('login'));
  const before = seal();
  expect(await ada.comeBack(back)).toBe('/stepped-up');
  expect(seal()).toEqual(before);
  expect((await infoOf(await ada.app.refresh(0))).session.version).toBe(2);
  expect(seal()).not.toEqual(before);
  expect((await deleteAll(ada, adas)).status).toBe(204);
  await expectRefreshes(ada);
});

test('a step-up at another session of the provider, or with other claims, writes them into the cookie', async () => {
  const sealOf = async () => (await app.runtime.cookies.open(ada.app.cookie))!;
  const { sid } = await sealOf();
  ada.provider.jar.clear();
  expect(await stepUp(ada, adas)).toBe('/stepped-up');
  const moved = await sealOf();
  expect(moved.sid).not.toBe(sid);
  expect(moved).toMatchObject({ id: adas, version: 2 });
  onLogin = () => ({ user: { roles: ['admin'] } });
  expect(await stepUp(ada, adas)).toBe('/stepped-up');
  expect(await sealOf()).toMatchObject({ id: adas, version: 3, user: { id: 'ada', roles: ['admin'] } });
  await expectRefreshes(ada);
  // The provider's logout of the session that it has now ends this one.
  await app.provider.sendLogout('ada', moved.sid ?? '');
  expect(await codeOf(await ada.app.whoAmI())).toBe('session_ended');
});
