import type { PersonSession, PersonSessions } from '../../contract/sessions.ts';
import type { App } from '../support/app.ts';
import { Browser, codeOf, infoOf, type CallOptions } from '../../testing/browser.ts';
import { gateAt, startCluster, type Cluster } from './refresh/cluster.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** A browser that says what it is. */
class NamedBrowser extends Browser {
  readonly agent: string;

  constructor(origin: string, agent: string) {
    super(origin);
    this.agent = agent;
  }

  override call(path: string, options: CallOptions = {}): Promise<Response> {
    return super.call(path, { ...options, headers: { 'User-Agent': this.agent, ...options.headers } });
  }
}

let cluster: Cluster;
let laptop: Browser;
let phone: Browser;
let phoneId: string;

async function signedIn(agent: string, who: [string, string] = ['ada', 'lovelace'], app: App = cluster.app) {
  const browser = new NamedBrowser(app.url, agent);
  const { session } = await browser.login(...who);
  return { browser, id: session.id };
}

async function listOf(browser: Browser): Promise<readonly PersonSession[]> {
  const response = await browser.call('/api/sessions');
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
  return ((await response.json()) as PersonSessions).sessions;
}

const idsOf = async (browser: Browser) => (await listOf(browser)).map(({ id }) => id);

const end = (browser: Browser, id: string, options: CallOptions = {}) =>
  browser.call(`/api/sessions/${id}`, { method: 'DELETE', ...options });

async function begin(options: Parameters<typeof startCluster>[0] = {}) {
  cluster = await startCluster(options);
  ({ browser: laptop } = await signedIn(FIREFOX));
  await cluster.clock.advance(1000);
  ({ browser: phone, id: phoneId } = await signedIn(CHROME));
}

afterEach(() => cluster.close());

describe('the list of a person’s sessions', () => {
  test('has the one that asks first, then those refreshed last, each by its device and its times', async () => {
    await begin();
    const { id: tabletId } = await signedIn(CHROME);
    await cluster.clock.advance(2000);
    await phone.refresh(1);
    await cluster.clock.advance(500);
    const [own, next, last] = await listOf(laptop);
    expect(own).toMatchObject({ current: true, device: { browser: 'Firefox', system: 'Linux' } });
    expect(own).toMatchObject({ loggedInAgoMs: 3500, refreshedAgoMs: 3500 });
    expect(next).toEqual({
      id: phoneId,
      current: false,
      device: { browser: 'Chrome', system: 'Windows' },
      network: '127.0.0.0/24',
      loggedInAgoMs: 2500,
      refreshedAgoMs: 500,
    });
    expect(last).toMatchObject({ id: tabletId, current: false });
  });

  test('has no other person’s, and no cookie, no token, no key comes with it', async () => {
    await begin();
    const { browser: grace, id } = await signedIn(CHROME, ['grace', 'hopper']);
    expect(await idsOf(grace)).toEqual([id]);
    const answer = await laptop.call('/api/sessions');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    const text = await answer.text();
    expect(text).not.toContain(id);
    const seal = await cluster.app.runtime.cookies.open(phone.cookie);
    for (const secret of [seal!.pair.accessToken, seal!.pair.refreshToken!, seal!.boxKey])
      expect(text).not.toContain(secret);
  });

  test('has none that has ended: by a logout, a login over it, a dead token, idleness, its age or everywhere', async () => {
    await begin({ app: { settings: { idleMs: 600_000, maxMs: 900_000 } } });
    const own = (await idsOf(laptop))[0];
    const { browser: tablet } = await signedIn(CHROME);
    const { browser: reused } = await signedIn(CHROME);
    const { browser: dead } = await signedIn(CHROME);
    expect(await listOf(laptop)).toHaveLength(5);
    await tablet.logout();
    await reused.login('grace', 'hopper');
    const { refreshToken } = (await cluster.app.runtime.cookies.open(dead.cookie))!.pair;
    const revocation = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
    await fetch(`${cluster.upstream.url}/auth/logout`, {
      ...revocation,
      body: JSON.stringify({ refresh_token: refreshToken }),
    });
    expect((await dead.refresh(1)).status).toBe(401);
    expect(await idsOf(laptop)).toEqual([own, phoneId]);
    await cluster.clock.advance(500_000);
    await laptop.refresh(1);
    await cluster.clock.advance(101_000);
    expect(await idsOf(laptop)).toEqual([own]);
    const { browser: late, id: lateId } = await signedIn(CHROME);
    await cluster.clock.advance(299_000);
    expect(await idsOf(late)).toEqual([lateId]);
    const { browser: last, id: lastId } = await signedIn(CHROME);
    await late.logout({ everywhere: true });
    expect((await last.whoAmI()).status).toBe(401);
    const { browser: after, id: afterId } = await signedIn(CHROME);
    expect(await idsOf(after)).toEqual([afterId]);
    expect(lastId).not.toBe(afterId);
  });

  test('lacks what the server forgot, until those sessions are refreshed', async () => {
    await begin();
    const restarted = await cluster.start({ ownMemory: true });
    const [there, elsewhere] = [new Browser(restarted.url), new Browser(restarted.url)];
    for (const [name, value] of laptop.jar) there.jar.set(name, value);
    for (const [name, value] of phone.jar) elsewhere.jar.set(name, value);
    expect(await listOf(there)).toMatchObject([{ current: true }]);
    await elsewhere.refresh(1);
    expect(await listOf(there)).toMatchObject([{ current: true }, { id: phoneId }]);
  });

  test('cannot be had while the store is away; logins, refreshes and logouts are not held up by it', async () => {
    await begin();
    cluster.trouble.down = (call) => call === 'sessionsOf';
    const refusal = await laptop.call('/api/sessions');
    expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await end(laptop, phoneId)).status).toBe(503);
    cluster.trouble.down = (call) => call === 'addToIndex' || call === 'removeFromIndex';
    const { browser } = await signedIn(CHROME);
    expect((await browser.refresh(1)).status).toBe(200);
    expect((await browser.logout()).status).toBe(204);
    expect((await phone.whoAmI()).status).toBe(200);
  });
});

describe('another session', () => {
  test('is ended by its person, and is told so; the one that asked lives on', async () => {
    await begin();
    const answer = await end(laptop, phoneId);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []]);
    expect(await codeOf(await phone.whoAmI())).toBe('session_ended');
    expect(await codeOf(await phone.refresh(1))).toBe('session_ended');
    expect(await codeOf(await phone.call('/api/upstream/me'))).toBe('session_ended');
    expect((await laptop.whoAmI()).status).toBe(200);
    expect(await listOf(laptop)).toHaveLength(1);
    expect(await codeOf(await end(laptop, phoneId))).toBe('not_found');
  });

  test('that is being refreshed does not come back, and what the issuer gives it is revoked', async () => {
    const gate = gateAt('afterRotate');
    await begin({ hooks: gate.hooks });
    const refreshing = phone.refresh(1);
    await gate.reached;
    expect((await end(laptop, phoneId)).status).toBe(204);
    gate.open();
    expect(await codeOf(await refreshing)).toBe('session_ended');
    expect(cluster.revoked).toHaveLength(1);
    expect(await listOf(laptop)).toHaveLength(1);
  });

  test('of another person is not there, no matter who asks with what', async () => {
    await begin();
    const { browser: mallory } = await signedIn(CHROME, ['grace', 'hopper']);
    const refusals = [
      await end(mallory, phoneId),
      await end(mallory, 'AAAAAAAAAAAAAAAAAAAAAA'),
      await end(mallory, `${phoneId}/`),
      await end(mallory, '..%2f..%2flogout'),
      await end(mallory, encodeURIComponent(`sid:${phoneId}`)),
      await end(mallory, 'x'.repeat(65)),
    ];
    const bodies = await Promise.all(
      refusals.map(async (refusal) => (await refusal.json()) as { code: string }),
    );
    expect(refusals.map(({ status }) => status)).toEqual(Array<number>(6).fill(404));
    expect(new Set(bodies.map(({ code }) => code))).toEqual(new Set(['not_found']));
    expect((await phone.whoAmI()).status).toBe(200);
  });

  test('is never the one that asks: a logout is what clears its cookies', async () => {
    await begin();
    const { session } = await infoOf(await laptop.whoAmI());
    expect(await codeOf(await end(laptop, session.id))).toBe('invalid_request');
    expect((await laptop.whoAmI()).status).toBe(200);
  });

  test('is not ended by another site, another person’s page, a cookie that is worth nothing, or a wrong method', async () => {
    await begin();
    expect(await codeOf(await end(laptop, phoneId, { headers: { 'X-Reseal': '' } }))).toBe('csrf_rejected');
    const foreign = { headers: { Origin: 'https://evil.example' } };
    expect(await codeOf(await end(laptop, phoneId, foreign))).toBe('csrf_rejected');
    expect(await codeOf(await end(laptop, phoneId, { headers: { 'X-Reseal': phoneId } }))).toBe(
      'session_changed',
    );
    expect(await codeOf(await end(laptop, phoneId, { cookie: '' }))).toBe('no_session');
    const wrong = await laptop.call(`/api/sessions/${phoneId}`, { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'DELETE, PATCH']);
    const spent = { cookie: laptop.cookie };
    await laptop.logout();
    expect(await codeOf(await end(laptop, phoneId, spent))).toBe('session_ended');
    expect((await phone.whoAmI()).status).toBe(200);
  });
});
