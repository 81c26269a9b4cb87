import { startApp, type App } from '../../support/app.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { oddAnswers, withoutRotation } from '../../support/oddAnswers.ts';
import { startScriptedIssuer, type ScriptedIssuer } from '../../support/scriptedIssuer.ts';

let issuer: ScriptedIssuer;
let app: App;
let ada: Browser;

beforeAll(async () => {
  issuer = await startScriptedIssuer();
  app = await startApp(issuer.url);
});
beforeEach(async () => {
  ada = new Browser(app.url);
  issuer.script('ada', null);
  issuer.scriptLogin('ada', null);
  await ada.login('ada', 'x');
});
afterAll(async () => {
  await app.close();
  await issuer.close();
});

/** The pair of the answer is in force: it works, and it can be refreshed in its turn. */
async function expectKept(): Promise<void> {
  expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
  issuer.script('ada', null);
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
  expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
  expect((await infoOf(await ada.whoAmI())).user.id).toBe('ada');
  expect(issuer.reuses).toBe(0);
}

test.each(oddAnswers)(
  'a refresh answer that $title is accepted, and its pair is kept',
  async ({ change, status = 200 }) => {
    issuer.script('ada', () => (grant) => ({ status, body: { ...grant, ...change } }));
    await expectKept();
  },
);

test.each([
  ['a Content-Type of text/plain', { 'Content-Type': 'text/plain' }],
  ['no Content-Type', { 'Content-Type': '' }],
])('a refresh answer with %s is accepted', async (_, headers) => {
  issuer.script('ada', () => (body) => ({ status: 200, headers, body }));
  await expectKept();
});

test('a refresh answer in the form of a query is accepted', async () => {
  issuer.script('ada', () => (grant) => ({
    status: 200,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams(grant as Record<string, string>)),
  }));
  await expectKept();
});

test.each(withoutRotation)('a refresh answer that $title keeps the old refresh token', async ({ change }) => {
  // Not rotated: the next call brings the token that came before, and the issuer knows it still.
  let access = 0;
  const grants = () => {
    access += 1;
    const body = { access_token: `access-${access}-ada`, expires_in: 60, ...change };
    return { status: 200, body };
  };
  issuer.script('ada', grants);
  for (const version of [1, 2, 3])
    expect((await infoOf(await ada.refresh(version))).session.version).toBe(version + 1);
  expect(issuer.reuses).toBe(0);
});

test('a pair that does not fit into a cookie is kept all the same: the next refresh starts from it', async () => {
  issuer.script('ada', () => (grant) => ({
    status: 200,
    body: { ...grant, access_token: `${String(grant['access_token'])}-${'x'.repeat(9000)}` },
  }));
  expect(await codeOf(await ada.refresh(1))).toBe('session_too_large');
  issuer.script('ada', null);
  // The browser holds version 1 still, and the record leads it to version 2.
  expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
  expect(issuer.reuses).toBe(0);
});

describe('a login at a backend with another dialect', () => {
  test.each([
    ['201', 201],
    ['202', 202],
  ])('is granted with status %s', async (_, status) => {
    issuer.scriptLogin('grace', () => ({
      status,
      body: { access_token: 'access-1-grace', refresh_token: 'r', scope: null, user: { id: 'grace' } },
    }));
    const grace = new Browser(app.url);
    expect((await grace.login('grace', 'x')).user.id).toBe('grace');
  });

  test('that rejects a wrong password in words of its own concerns that login only', async () => {
    const body = { statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' };
    issuer.scriptLogin('grace', () => ({ status: 401, body }));
    const before = app.logged().length;
    for (let n = 0; n < 3; n += 1) {
      const json = { username: 'grace', password: 'wrong' };
      const answer = await new Browser(app.url).call('/api/login', { method: 'POST', json });
      expect([answer.status, await codeOf(answer)]).toEqual([503, 'upstream_unavailable']);
      expect((await infoOf(await ada.refresh(n + 1))).session.version).toBe(n + 2);
      expect((await new Browser(app.url).login('mary', 'x')).user.id).toBe('mary');
    }
    expect(app.logged().slice(before)).toMatch(/rejected a login in words that Reseal does not know/);
  });

  test('that rejects wrong passwords in words of its own is throttled as for any wrong password', async () => {
    issuer.scriptLogin('eve', () => ({ status: 400, body: { error: { message: 'Invalid identifier' } } }));
    const attempts = async () => {
      const json = { username: 'eve', password: 'wrong' };
      return (await new Browser(app.url).call('/api/login', { method: 'POST', json })).status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) statuses.push(await attempts());
    expect(statuses[0]).toBe(503);
    expect(statuses.at(-1)).toBe(429);
  });
});
