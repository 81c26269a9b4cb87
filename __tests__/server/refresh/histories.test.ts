import type { IncomingMessage } from 'node:http';
import { readPageSession } from '../../../server/adapters/pageProps.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import { gateAt, startCluster, waiters, type Cluster, type ClusterOptions } from './cluster.ts';
import { holdFirst } from './troubledStore.ts';

let cluster: Cluster;
let ada: Browser;

async function begin(options?: ClusterOptions): Promise<void> {
  cluster = await startCluster(options);
  ada = new Browser(cluster.app.url);
  await ada.login();
}
afterEach(() => cluster.close());

/** What must hold after every history: the issuer saw no token twice. */
function expectNoReuse(): void {
  expect(cluster.upstream.stats()).toMatchObject({ reuseDetections: 0, familiesRevoked: 0 });
  expect(cluster.upstream.stats().maxPresentations).toBeLessThanOrEqual(1);
}

test('P1: an issuer that rotates but answers after the deadline costs its callers a 503, and no one the session', async () => {
  const gate = gateAt('afterRotate');
  await begin({ hooks: gate.hooks });
  for (const round of [1, 2, 3]) {
    const waiting = ada.refresh(1);
    await gate.reached;
    await waiters(cluster.app, 1);
    await cluster.clock.advance(10_000);
    const refusal = await waiting;
    expect([round, refusal.status, refusal.headers.get('retry-after')]).toEqual([round, 503, '1']);
    expect(refusal.headers.getSetCookie()).toEqual([]);
  }
  gate.open();
  await cluster.app.runtime.coordinator.idle();
  expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
  expect(cluster.upstream.stats().refreshCalls).toBe(1);
  expectNoReuse();
});

test('P2: who looked before another instance refreshed looks again under the lease, and presents nothing', async () => {
  await begin({ instances: 2 });
  const held = holdFirst(cluster.trouble, 'acquire');
  const slow = ada.refresh(1, { loseCookies: true });
  await held.reached;
  const other = new Browser(cluster.apps[1]!.url);
  expect((await infoOf(await other.refresh(1, { cookie: ada.cookie }))).session.version).toBe(2);
  held.open();
  expect((await infoOf(await slow)).session.version).toBe(2);
  expect(cluster.upstream.stats().refreshCalls).toBe(1);
  expectNoReuse();
});

test('P3: with an issuer that never rotates an old seal leads to the newest pair, and an expired one is refreshed', async () => {
  await begin({ rotate: false });
  const first = ada.cookie;
  await ada.refresh(1);
  expect((await infoOf(await ada.refresh(1, { cookie: first }))).session.version).toBe(2);
  expect(cluster.upstream.stats().refreshCalls).toBe(1);
  await cluster.clock.advance(61_000);
  const refreshed = await infoOf(await ada.refresh(1, { cookie: first }));
  expect(refreshed.session).toMatchObject({ version: 3, expiresInMs: 60_000 });
  expect(cluster.upstream.stats().refreshCalls).toBe(2);
});

test('P4: a refresh whose answer was lost is found again however long the old access token still worked', async () => {
  await begin({ accessTtlSeconds: 1200 });
  await ada.refresh(1, { loseCookies: true });
  for (let minute = 0; minute < 18; minute += 1) {
    await cluster.clock.advance(60_000);
    expect((await ada.call('/api/upstream/me')).status).toBe(200);
  }
  await cluster.clock.advance(180_000);
  expect((await infoOf(await ada.refresh(1))).session.version).toBe(3);
  expectNoReuse();
});

test('P5: a refresh that is on its way when another person logs in cannot bring the old session back', async () => {
  const gate = gateAt('afterRotate');
  // The first revocation fails, so that one which succeeds can only be that of the late pair.
  await begin({ hooks: gate.hooks, faults: { logout: [{ kind: 'status503', times: 1 }] } });
  const { cookie } = ada;
  const late = ada.refresh(1, { loseCookies: true });
  await gate.reached;
  const grace = await ada.login('grace', 'hopper');
  expect(cluster.upstream.stats().revocations).toBe(0);
  gate.open();
  const refusal = await late;
  ada.store(refusal);
  expect(await codeOf(refusal)).toBe('session_ended');
  expect(cluster.upstream.stats().revocations).toBe(1);
  expect((await infoOf(await ada.whoAmI())).session.id).toBe(grace.session.id);
  expect(await codeOf(await ada.whoAmI({ cookie }))).toBe('session_ended');
});

test('P5: a refresh that was answered before another person logged in, and arrives after, lets no one act', async () => {
  await begin();
  const late = await ada.refresh(1, { loseCookies: true });
  await ada.login('grace', 'hopper');
  ada.store(late);
  expect(await codeOf(await ada.whoAmI())).toBe('session_ended');
  expect(await codeOf(await ada.call('/api/upstream/me'))).toBe('session_ended');
});

test('P6: a logout with an older seal revokes the newest token, not only its own', async () => {
  await begin();
  const { cookie } = ada;
  await ada.refresh(1);
  await ada.call('/api/logout', { method: 'POST', json: {}, cookie });
  expect(new Set(cluster.revoked).size).toBe(2);
});

test('P6: a refresh that a logout overtook revokes what the issuer gave it', async () => {
  const gate = gateAt('afterRotate');
  await begin({ hooks: gate.hooks });
  const refresh = ada.refresh(1, { loseCookies: true });
  await gate.reached;
  expect((await ada.logout()).status).toBe(204);
  expect(new Set(cluster.revoked).size).toBe(1);
  gate.open();
  expect(await codeOf(await refresh)).toBe('session_ended');
  expect(new Set(cluster.revoked).size).toBe(2);
});

test('P7: a Set-Cookie that arrives after the logout opens no route, no proxy and no page', async () => {
  await begin({ accessTtlSeconds: 3600 });
  const late = await ada.refresh(1, { loseCookies: true });
  await ada.logout();
  ada.store(late);
  expect(ada.jar.get('reseal')).toBeDefined();
  expect(await codeOf(await ada.whoAmI())).toBe('session_ended');
  expect(await codeOf(await ada.call('/api/upstream/me'))).toBe('session_ended');
  expect(await codeOf(await ada.refresh(2))).toBe('session_ended');
  const request = { headers: { cookie: ada.cookie } } as IncomingMessage;
  expect(await readPageSession(request, cluster.app.runtime)).toBeNull();
});

test('P9: a 401 names the version that died, whatever the page believes', async () => {
  await begin();
  await ada.refresh(1);
  cluster.upstream.expireAccessTokens();
  const refusal = await ada.call('/api/upstream/me');
  expect(refusal.headers.get('x-reseal-version')).toBe('2');
  expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
  expect((await ada.call('/api/upstream/me')).status).toBe(200);
});

test('P10: a stale seal that leads to a pair which is itself expired gets that one refreshed', async () => {
  await begin();
  const { cookie } = ada;
  await ada.refresh(1, { loseCookies: true });
  await cluster.clock.advance(3_600_000);
  const { session } = await infoOf(await ada.refresh(1, { cookie }));
  expect(session).toMatchObject({ version: 3, expiresInMs: 60_000 });
  expectNoReuse();
});

test('P11: a refresh token that was refused is never presented again, no matter who asks', async () => {
  await begin({ refreshTtlSeconds: 60 });
  await cluster.clock.advance(61_000);
  const { cookie } = ada;
  const tab = new Browser(cluster.app.url);
  for (const answer of [await ada.refresh(1), await ada.refresh(1), await tab.refresh(1, { cookie })]) {
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await codeOf(answer)).toBe('session_ended');
  }
  expect(cluster.upstream.stats().refreshCalls).toBe(1);
});

test('P12: a logout that falls between the look and the commit wins', async () => {
  await begin();
  const held = holdFirst(cluster.trouble, 'commit');
  const refresh = ada.refresh(1, { loseCookies: true });
  await held.reached;
  expect((await ada.logout()).status).toBe(204);
  held.open();
  const refusal = await refresh;
  ada.store(refusal);
  expect(await codeOf(refusal)).toBe('session_ended');
  expect(ada.jar.size).toBe(0);
  expect(new Set(cluster.revoked).size).toBe(2);
});

test('P13: passwords {1}, then {2,1}, then {2}: anyone who was refreshed in the meantime stays signed in', async () => {
  const [one, two] = [
    'the-first-password-of-thirty-two-characters',
    'a-second-password-of-thirty-two-characters',
  ];
  await begin({ app: { env: { SESSION_PASSWORD: one } } });
  const both = await cluster.start({ env: { SESSION_PASSWORD: `${two},${one}` } });
  const last = await cluster.start({ env: { SESSION_PASSWORD: two } });
  const at = (app: { url: string }) => new Browser(app.url);
  const { cookie } = ada;
  expect(await codeOf(await at(last).whoAmI({ cookie }))).toBe('no_session');
  expect((await at(both).whoAmI({ cookie })).status).toBe(200);
  ada.store(await at(both).refresh(1, { cookie }));
  expect((await infoOf(await at(last).whoAmI({ cookie: ada.cookie }))).session.version).toBe(2);
});
