import { startApp, type App } from '../../support/app.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import {
  startScriptedIssuer,
  type Script,
  type ScriptedAnswer,
  type ScriptedIssuer,
} from '../../support/scriptedIssuer.ts';
import { times } from './cluster.ts';

let clock: FakeClock;
let issuer: ScriptedIssuer;
let app: App;

beforeEach(async () => {
  clock = new FakeClock();
  issuer = await startScriptedIssuer();
  app = await startApp(issuer.url, { parts: { clock } });
});
afterEach(async () => {
  await Promise.all([app.close(), clock.advance(600_000)]);
  await issuer.close();
});

/** A browser in which this person is signed in, and the version of the session. */
async function signedIn(person: string): Promise<Browser> {
  const browser = new Browser(app.url);
  await browser.login(person, 'x');
  return browser;
}
const versionOf = async (answer: Response) => (await infoOf(answer)).session.version;
const always = (answer: ScriptedAnswer): Script => {
  return () => answer;
};

describe('an answer that concerns one session', () => {
  test.each<[string, ScriptedAnswer]>([
    ['400 interaction_required', { status: 400, body: { error: 'interaction_required' } }],
    ['400 login_required', { status: 400, body: { error: 'login_required' } }],
    ['400 invalid_request', { status: 400, body: { error: 'invalid_request' } }],
    ['400 invalid_scope', { status: 400, body: { error: 'invalid_scope' } }],
    ['401 in the dialect of NestJS', { status: 401, body: { statusCode: 401, error: 'Unauthorized' } }],
    ['401 in the dialect of Django', { status: 401, body: { detail: 'bad', code: 'token_not_valid' } }],
    ['403 with a page', { status: 403, body: '<h1>Forbidden</h1>' }],
    ['400 with an empty body', { status: 400 }],
    ['404', { status: 404, body: {} }],
    ['200 with an error', { status: 200, body: { error: 'bad_refresh_token' } }],
    ['429', { status: 429, headers: { 'Retry-After': '3600' } }],
    ['500', { status: 500 }],
    ['401 invalid_client', { status: 401, body: { error: 'invalid_client' } }],
  ])('is %s: it holds off no other session, however often it comes', async (_, answer) => {
    issuer.script('mallory', always(answer));
    const [mallory, ada] = [await signedIn('mallory'), await signedIn('ada')];
    for (let version = 1; version <= 10; version += 1) {
      for (let tries = 0; tries < 3; tries += 1) {
        const refused = await mallory.refresh(1);
        // In the end rule 2 applies to some of these.
        expect(refused.status === 401 ? version : 5).toBeGreaterThanOrEqual(5);
        expect(refused.ok).toBe(false);
        expect(refused.headers.getSetCookie()).toEqual([]);
      }
      expect(await versionOf(await ada.refresh(version))).toBe(version + 1);
      // Far beyond any window, within the life of a session.
      await clock.advance(301_000);
    }
  });

  test('is a rejection, and ten people who get one hold off no one', async () => {
    const people = times(10, (n) => `mallory-${n}`);
    for (const person of people)
      issuer.script(person, always({ status: 400, body: { error: 'interaction_required' } }));
    const rejected = await Promise.all(people.map(signedIn));
    const ada = await signedIn('ada');
    for (let version = 1; version <= 40; version += 1) {
      const answers = await Promise.all(rejected.map((browser) => browser.refresh(1)));
      expect(answers.every(({ ok }) => !ok)).toBe(true);
      expect(await versionOf(await ada.refresh(version))).toBe(version + 1);
      await clock.advance(1000);
    }
  });

  test('is a 429 for three sessions: then others wait too, until the first grant', async () => {
    const people = ['a', 'b', 'c'];
    for (const person of people)
      issuer.script(person, always({ status: 429, headers: { 'Retry-After': '20' } }));
    const [a, b, c, ada] = await Promise.all([...people, 'ada'].map(signedIn));
    for (const browser of [a!, b!]) await browser.refresh(1);
    expect(await versionOf(await ada!.refresh(1))).toBe(2);
    for (const browser of [a!, b!]) await browser.refresh(1);
    expect(issuer.calls('a')).toBe(1);
    await c!.refresh(1);
    expect(await versionOf(await ada!.refresh(2))).toBe(3);
    // A grant came between: each of the three must see it again.
    await clock.advance(20_000);
    for (const browser of [a!, b!, c!]) await browser.refresh(1);
    const held = await ada!.refresh(3);
    expect([held.status, held.headers.get('retry-after')]).toEqual([503, '20']);
    expect(issuer.calls('ada')).toBe(2);
    await clock.advance(20_000);
    expect(await versionOf(await ada!.refresh(3))).toBe(4);
  });
});

describe('a refusal of this app', () => {
  const refusal = always({ status: 401, body: { error: 'invalid_client' } });

  test('that two sessions got holds off the others, and a login that is granted ends it', async () => {
    for (const person of ['a', 'b']) issuer.script(person, refusal);
    const [a, b, ada] = await Promise.all(['a', 'b', 'ada'].map(signedIn));
    for (const browser of [a!, b!]) expect(await codeOf(await browser.refresh(1))).toBe('misconfigured');
    expect(await codeOf(await ada!.refresh(1))).toBe('misconfigured');
    expect(issuer.calls('ada')).toBe(0);
    await signedIn('grace');
    expect(await versionOf(await ada!.refresh(1))).toBe(2);
  });

  test('ends by itself after ten seconds', async () => {
    for (const person of ['a', 'b']) issuer.script(person, refusal);
    const [a, b, ada] = await Promise.all(['a', 'b', 'ada'].map(signedIn));
    for (const browser of [a!, b!]) await browser.refresh(1);
    await clock.advance(9999);
    expect((await ada!.refresh(1)).status).toBe(500);
    await clock.advance(1);
    expect(await versionOf(await ada!.refresh(1))).toBe(2);
  });
});

describe('a session whose refreshes are rejected in words other than invalid_grant', () => {
  /** Asks whenever the session is not held off, for so many seconds. */
  async function ask(
    browser: Browser,
    seconds: number,
    each: () => Promise<unknown> = async () => undefined,
  ) {
    const answers: Response[] = [];
    for (let second = 0; second <= seconds; second += 1) {
      answers.push(await browser.refresh(1));
      if (second % 10 === 5) await each();
      await clock.advance(1000);
    }
    return answers;
  }

  test('ends where the issuer grants others, and says so to the person and in the log', async () => {
    issuer.script('mallory', always({ status: 400 }));
    const [mallory, ada] = [await signedIn('mallory'), await signedIn('ada')];
    let version = 1;
    const answers = await ask(mallory, 62, async () => {
      version += 1;
      expect(await versionOf(await ada.refresh(version - 1))).toBe(version);
    });
    expect(answers.slice(0, 60).every(({ status }) => status === 503)).toBe(true);
    const last = answers.at(-1)!;
    expect(await last.json()).toMatchObject({ status: 401, code: 'session_ended', endReason: 'rejected' });
    expect(last.headers.getSetCookie()).toEqual([]);
    const seen = await mallory.whoAmI();
    expect(await seen.json()).toMatchObject({ code: 'session_ended', endReason: 'rejected' });
    // 1, 2, 4, 8, 16 and 30 seconds lie between its calls.
    expect(issuer.calls('mallory')).toBe(7);
    expect(app.logged()).toMatch(/"level":40.*answered 400.*rejects this session again and again/);
  });

  test('is kept where no other person is granted anything: a gateway may answer in the place of the issuer', async () => {
    issuer.script('mallory', always({ status: 404, body: '<h1>Not here</h1>' }));
    const mallory = await signedIn('mallory');
    // The login itself was granted before the first rejection, and proves nothing.
    const answers = await ask(mallory, 400);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(Math.max(...answers.map(({ headers }) => Number(headers.get('retry-after'))))).toBe(30);
    issuer.script('mallory', null);
    await clock.advance(30_000);
    expect(await versionOf(await mallory.refresh(1))).toBe(2);
  });
});

describe('refreshes that a client forces', () => {
  test('are five at once, then one a second; above it the newest pair is answered without a call', async () => {
    const ada = await signedIn('ada');
    const { cookie } = ada;
    const forced = async () => versionOf(await ada.refresh());
    expect([await forced(), await forced(), await forced(), await forced(), await forced()]).toEqual([
      2, 3, 4, 5, 6,
    ]);
    for (let n = 0; n < 200; n += 1) expect(await forced()).toBe(6);
    expect(issuer.calls()).toBe(5);
    await clock.advance(999);
    expect(await forced()).toBe(6);
    await clock.advance(1);
    expect(await forced()).toBe(7);
    expect(await forced()).toBe(7);
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
    // What is answered from the record carries the newest cookie.
    const old = await ada.refresh(6, { cookie });
    expect(await versionOf(old)).toBe(7);
    await clock.advance(5000);
    for (const version of [8, 9, 10, 11, 12, 12]) expect(await forced()).toBe(version);
    expect(issuer.reuses).toBe(0);
  });

  test('of one session leave the allowance of another one as it is', async () => {
    const [mallory, ada] = [await signedIn('mallory'), await signedIn('ada')];
    for (let n = 0; n < 50; n += 1) await mallory.refresh();
    for (const version of [2, 3, 4]) expect(await versionOf(await ada.refresh())).toBe(version);
    expect(issuer.calls('mallory')).toBe(5);
  });

  test('cost no allowance while they are a second or more apart', async () => {
    const ada = await signedIn('ada');
    for (let version = 2; version <= 30; version += 1) {
      expect(await versionOf(await ada.refresh())).toBe(version);
      await clock.advance(1000);
    }
  });
});

test('where the newest pair has expired too, a forced refresh above the limit waits for its second', async () => {
  const short = await startScriptedIssuer({ expiresIn: 0.2 });
  const other = await startApp(short.url, { parts: { clock } });
  const ada = new Browser(other.url);
  await ada.login('ada', 'x');
  for (let n = 0; n < 5; n += 1) expect((await ada.refresh()).status).toBe(200);
  await clock.advance(300);
  const answers = await Promise.all(times(10, () => ada.refresh()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(times(10, () => '1'));
  expect(short.calls()).toBe(5);
  await clock.advance(700);
  expect(await versionOf(await ada.refresh())).toBe(7);
  await Promise.all([other.close(), clock.advance(600_000)]);
  await short.close();
});
