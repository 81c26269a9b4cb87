import { startAppWithUpstream, type AppWithUpstream } from '../support/app.ts';
import { Browser, codeOf, infoOf } from '../../testing/browser.ts';
import { startOidcApp, type OidcApp } from '../support/oidcApp.ts';
import { OidcPerson } from '../support/oidcPerson.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

let app: AppWithUpstream;
let provider: OidcApp;

beforeAll(async () => {
  app = await startAppWithUpstream();
  provider = await startOidcApp();
});
afterAll(async () => {
  await app.close();
  await provider.close();
});

describe('a session that was planted', () => {
  test('does not become the session of who logs in over it, and dies with that login', async () => {
    const attacker = new Browser(app.url);
    const planted = await attacker.login('grace', 'hopper');
    const victim = new Browser(app.url);
    for (const [name, value] of attacker.jar) victim.jar.set(name, value);
    const own = await victim.login();
    expect(own.session.id).not.toBe(planted.session.id);
    expect((await infoOf(await victim.whoAmI())).user.id).toBe('user-ada');
    expect(await codeOf(await attacker.whoAmI())).toBe('session_ended');
  });

  test('cannot be made up: an id or a hint that someone chose is no session', async () => {
    const victim = new Browser(app.url);
    victim.jar.set('reseal_hint', 'chosen-by-the-attacker.7');
    victim.jar.set('reseal', 'chosen-by-the-attacker');
    const { session } = await victim.login();
    expect(session.id).toMatch(/^[\w-]{22}$/);
    expect(session.version).toBe(1);
    expect(victim.jar.get('reseal_hint')).toBe(`${session.id}.1`);
  });

  test('in a thousand logins no id comes twice', async () => {
    const ids = new Set<string>();
    const logins = Number(process.env['RUNS'] ?? 0) || 100;
    for (let time = 0; time < logins; time += 1) ids.add((await new Browser(app.url).login()).session.id);
    expect(ids.size).toBe(logins);
  }, 300_000);
});

describe('a login that a stranger began', () => {
  const mallory = () => new OidcPerson(provider.url, provider.provider.url);

  test('cannot be finished in another browser: neither with a code nor without a cookie', async () => {
    const attacker = mallory();
    const back = await attacker.answer(await attacker.begin(), 'mallory');
    const victim = mallory();
    expect(await victim.comeBack(back)).toBe('/login?problem=login_expired');
    await victim.begin();
    expect(await victim.comeBack(back)).toMatch(/problem=login_mismatch/);
    expect((await victim.app.whoAmI()).status).toBe(401);
  });

  test('cannot be finished with the stranger’s code under one’s own state', async () => {
    const [attacker, victim] = [mallory(), mallory()];
    const back = await attacker.answer(await attacker.begin(), 'mallory');
    const own = await victim.begin();
    back.searchParams.set('state', own.searchParams.get('state') ?? '');
    expect(await victim.comeBack(back)).toMatch(/problem=login_failed/);
    expect((await victim.app.whoAmI()).status).toBe(401);
  });

  test('leaves who is signed in signed in as themselves', async () => {
    const [attacker, victim] = [mallory(), mallory()];
    const back = await attacker.answer(await attacker.begin(), 'mallory');
    await victim.login('ada');
    await victim.comeBack(back);
    expect((await infoOf(await victim.app.whoAmI())).user.id).toBe('ada');
  });
});
