import { createReseal } from '../../../server/index.ts';
import { codeOf, infoOf } from '../../../testing/browser.ts';
import { until } from '../../../testing/until.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { startOidcApp, type OidcApp } from '../../support/oidcApp.ts';
import { OidcPerson } from '../../support/oidcPerson.ts';
import { startRecordingBackend, type RecordingBackend } from '../../support/recordingBackend.ts';
import { oidcEnv } from '../../support/testProvider.ts';

// A provider is a process of its own, and a busy machine starts it slowly.
jest.setTimeout(30_000);

let app: OidcApp;
let backend: RecordingBackend;
let ada: OidcPerson;
let clock: FakeClock;
/** Tokens that the backend refuses. */
const dead = new Set<string>();

const upstreamEnv = () => ({
  UPSTREAM_REPORTS_URL: backend.url,
  UPSTREAM_REPORTS_PATHS: '/reports',
  UPSTREAM_REPORTS_TOKEN: 'client',
  UPSTREAM_REPORTS_CLIENT_PARAMS: 'resource=https://reports.reseal.test/',
});

beforeEach(async () => {
  dead.clear();
  backend = await startRecordingBackend();
  backend.answer((req, res) => {
    req.resume().once('end', () => {
      const isGood = !dead.has('all') && !dead.has(String(req.headers.authorization));
      res.writeHead(isGood ? 200 : 401).end('{}');
    });
  });
  clock = new FakeClock(Date.now());
  app = await startOidcApp({ accessTtlSeconds: 60 }, { env: upstreamEnv(), parts: { clock } });
  ada = new OidcPerson(app.url, app.provider.url);
  await ada.login();
});
afterEach(async () => {
  await app.close();
  await backend.close();
});

const tokenCalls = async () => (await app.provider.counts())['/token'] ?? 0;
const reports = (options = {}) => ada.app.call('/api/upstream/reports', options);
const tokensSeen = () => [...new Set(backend.received.map(({ headers }) => String(headers.authorization)))];
const claimsOf = (bearer = '') =>
  JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
/** Lets the token grow older than the second in which a refused one is not replaced. */
const growOlder = () => clock.jump(1100);

/** The session lives, and its own token was not touched. */
async function expectSessionUntouched(): Promise<void> {
  expect((await infoOf(await ada.app.whoAmI())).session.version).toBe(1);
  expect((await ada.app.call('/api/upstream/notes')).status).toBe(200);
}

test('twenty parallel calls of two people obtain one token of the app, for the resource that the settings name', async () => {
  const before = await tokenCalls();
  const grace = new OidcPerson(app.url, app.provider.url);
  await grace.login('grace');
  const people = [ada, grace];
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => people[at % 2]!.app.call('/api/upstream/reports')),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await tokenCalls()) - before).toBe(2); // grace's login and the app's token
  expect(tokensSeen()).toHaveLength(1);
  expect(claimsOf(tokensSeen()[0])).toMatchObject({ sub: 'reseal', aud: 'https://reports.reseal.test/' });
});

test('a refused token is replaced once for twenty parallel calls, and every call is sent again', async () => {
  await reports();
  growOlder();
  const before = await tokenCalls();
  dead.add(tokensSeen()[0]!);
  const answers = await Promise.all(Array.from({ length: 20 }, () => reports()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await tokenCalls()) - before).toBe(1);
  expect(tokensSeen()).toHaveLength(2);
  await expectSessionUntouched();
});

test('a call whose body cannot be sent twice is asked to come again, and finds a new token', async () => {
  await reports();
  growOlder();
  dead.add(tokensSeen()[0]!);
  const upload = () => reports({ method: 'POST', body: new Blob(['report']).stream() });
  const first = await upload();
  expect([first.status, await codeOf(first), first.headers.get('Retry-After')]).toEqual([503, 'upstream_unavailable', '1']); // prettier-ignore
  expect((await upload()).status).toBe(200);
});

test('an upstream that refuses every token is answered 502, calls the issuer once a second at most, and ends no session', async () => {
  dead.add('all');
  const before = await tokenCalls();
  for (let call = 0; call < 10; call += 1) {
    const answer = await reports();
    expect([answer.status, await codeOf(answer)]).toEqual([502, 'upstream_refused']);
    expect(answer.headers.get('X-Reseal-Version')).toBeNull();
  }
  expect((await tokenCalls()) - before).toBeLessThanOrEqual(3);
  await expectSessionUntouched();
});

test('an issuer that fails makes this upstream unavailable and no other, is not asked by each call, and ends no session', async () => {
  await app.provider.fault('/token', 503);
  const before = await tokenCalls();
  const answers = await Promise.all(Array.from({ length: 10 }, () => reports()));
  for (const answer of answers)
    expect([answer.status, await codeOf(answer), answer.headers.has('Retry-After')]).toEqual([503, 'upstream_unavailable', true]); // prettier-ignore
  expect((await reports()).status).toBe(503);
  expect((await tokenCalls()) - before).toBe(1);
  expect(backend.received).toEqual([]);
  await expectSessionUntouched();
});

test('an issuer that refuses the app is answered 502 upstream_refused, and the log says what to correct', async () => {
  await app.provider.fault('/token', 400, { body: '{"error":"invalid_target"}' });
  const answer = await reports();
  expect([answer.status, await codeOf(answer)]).toEqual([502, 'upstream_refused']);
  expect(app.logged()).toContain('the issuer gives this app no token of its own');
  await expectSessionUntouched();
});

test('a browser needs a session, of which nothing is sent, and the server’s own code needs none', async () => {
  const stranger = new OidcPerson(app.url, app.provider.url);
  const refused = await stranger.app.call('/api/upstream/reports');
  expect([refused.status, await codeOf(refused)]).toEqual([401, 'no_session']);
  const notReseal = { headers: { 'X-Reseal': 'AAAAAAAAAAAAAAAAAAAAAA' } };
  expect(await codeOf(await reports(notReseal))).toBe('session_changed');
  const reseal = createReseal({
    name: 'the app’s own token',
    env: {
      ...upstreamEnv(),
      ...oidcEnv(app.provider),
      UPSTREAM_URL: backend.url,
      UPSTREAM_PATHS: '/notes',
      SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
      APP_URL: app.url,
      SESSION_STORE: 'memory',
    },
  });
  const request = new Request('http://localhost/');
  expect((await reseal.upstreamFetch('/reports', { request })).status).toBe(200);
  const through = new Request(`${app.url}/api/upstream/reports`, { headers: { 'X-Reseal': '1' } });
  expect((await reseal.fetch(through)).status).toBe(401);
  await reseal.close();
});

test('a token is replaced before its end, and an issuer that hangs is given up within the refresh timeout', async () => {
  await reports();
  clock.jump(54_000);
  await reports();
  expect(tokensSeen()).toHaveLength(1);
  clock.jump(2000);
  await reports();
  expect(tokensSeen()).toHaveLength(2);
  clock.jump(60_000);
  await app.provider.fault('/token', 0);
  const before = await tokenCalls();
  const late = reports();
  await until(async () => (await tokenCalls()) > before);
  await clock.advance(app.runtime.settings.refreshTimeoutMs);
  expect([(await late).status, await codeOf(await late)]).toEqual([503, 'upstream_unavailable']);
});
