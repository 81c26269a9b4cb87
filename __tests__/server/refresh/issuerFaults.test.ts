import type { FaultKind } from '../../../upstream/faults.ts';
import { startApp } from '../../support/app.ts';
import { Browser, codeOf, infoOf } from '../../../testing/browser.ts';
import {
  counted,
  gateAt,
  startCluster,
  times,
  until,
  waiters,
  type Cluster,
  type ClusterOptions,
} from './cluster.ts';

let cluster: Cluster;
let ada: Browser;

async function begin(options?: ClusterOptions): Promise<void> {
  cluster = await startCluster(options);
  ada = new Browser(cluster.app.url);
  await ada.login();
}
afterEach(() => cluster.close());

const fault = (kind: FaultKind<'refresh'>, more: object = {}) => ({ refresh: [{ kind, times: 1, ...more }] });

/** A refusal that says "not now" and nothing more. */
async function expectTransient(answer: Response, retryAfter = '1'): Promise<void> {
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, retryAfter]);
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await codeOf(answer)).toBe('upstream_unavailable');
}

describe('an issuer that fails before it rotates keeps the session, and the next call recovers', () => {
  test.each<FaultKind<'refresh'>>([
    'status500',
    'status502',
    'status503',
    'dropBeforeRotate',
    'html',
    'emptyBody',
    'truncatedJson',
  ])('%s', async (kind) => {
    await begin({ faults: fault(kind) });
    const { cookie } = ada;
    await expectTransient(await ada.refresh(1));
    expect(ada.cookie).toBe(cookie);
    expect((await ada.whoAmI()).status).toBe(200);
    // Within the window the issuer is left alone.
    await expectTransient(await ada.refresh(1));
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
    await cluster.clock.advance(1000);
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
  });

  test('a 429 or a 503 with Retry-After is passed on, and honoured', async () => {
    await begin({ faults: fault('status429', { retryAfterSeconds: 7 }) });
    await expectTransient(await ada.refresh(1), '7');
    await cluster.clock.advance(6000);
    await expectTransient(await ada.refresh(1), '1');
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
    await cluster.clock.advance(1000);
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    cluster.upstream.setOptions({ faults: fault('status503', { retryAfterSeconds: 3 }) });
    await expectTransient(await ada.refresh(2), '3');
  });

  test('a call that hangs is given up after six times the timeout, not before', async () => {
    await begin({ faults: fault('hang') });
    for (let round = 0; round < 6; round += 1) {
      const waiting = ada.refresh(1);
      await waiters(cluster.app, 1);
      await until(() => cluster.upstream.stats().refreshCalls === 1);
      await cluster.clock.advance(10_000);
      await expectTransient(await waiting);
    }
    await cluster.app.runtime.coordinator.idle();
    expect(await counted(cluster.app, 'abandoned')).toBe(1);
    expect(cluster.upstream.stats().refreshCalls).toBe(1);
    await cluster.clock.advance(1000);
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
  });

  test.each(['http://issuer.invalid', 'http://127.0.0.1:9'])('no issuer at %s', async (url) => {
    await begin();
    const lost = await startApp(url);
    const { cookie } = ada;
    const answer = await new Browser(lost.url).refresh(1, { cookie });
    await expectTransient(answer);
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    await lost.close();
  });
});

describe('an issuer that rotates and never answers', () => {
  test.each(['dropAfterRotate', 'hangAfterRotate'] as const)('%s, with a leeway: recovers', async (kind) => {
    await begin({ reuse: 'leeway', reuseLeewaySeconds: 120, faults: fault(kind) });
    const waiting = ada.refresh(1);
    if (kind === 'hangAfterRotate') {
      await until(() => cluster.upstream.stats().refreshCalls === 1);
      await cluster.clock.advance(60_000);
    }
    await expectTransient(await waiting);
    await cluster.app.runtime.coordinator.idle();
    await cluster.clock.advance(1000);
    expect((await infoOf(await ada.refresh(1))).session.version).toBe(2);
    expect(cluster.upstream.stats().familiesRevoked).toBe(0);
  });

  test('without a leeway: the token is tried once more, for no one holds a newer one, and then never again', async () => {
    await begin({ faults: fault('dropAfterRotate') });
    await expectTransient(await ada.refresh(1));
    await cluster.clock.advance(1000);
    for (const answer of await Promise.all(times(5, () => ada.refresh(1)))) {
      expect(await codeOf(answer)).toBe('session_ended');
    }
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 2, maxPresentations: 2 });
    expect(await codeOf(await ada.whoAmI())).toBe('session_ended');
  });

  test('but answers at last, after the callers gave up: its answer is kept', async () => {
    const gate = gateAt('beforeAnswer');
    await begin({ hooks: gate.hooks });
    const waiting = ada.refresh(1);
    await gate.reached;
    await cluster.clock.advance(59_000);
    await expectTransient(await waiting);
    gate.open();
    await cluster.app.runtime.coordinator.idle();
    expect(await counted(cluster.app, 'late')).toBe(1);
    expect((await infoOf(await ada.whoAmI())).session.version).toBe(2);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 1, reuseDetections: 0 });
  });
});

describe('an issuer that refuses this app', () => {
  test('costs one call a window for everyone, signs no one out, and is told loudly', async () => {
    await begin({ faults: { refresh: [{ kind: 'invalidClient' }] } });
    const grace = new Browser(cluster.app.url);
    await grace.login('grace', 'hopper');
    const { cookie } = ada;
    for (const browser of [ada, ada, grace, grace]) {
      const answer = await browser.refresh(1);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect([answer.status, await codeOf(answer)]).toEqual([500, 'misconfigured']);
    }
    expect(ada.cookie).toBe(cookie);
    // One call for each of the two sessions that must see it: it holds off others then, and not before.
    expect(cluster.upstream.stats().refreshCalls).toBe(2);
    expect(cluster.app.logged()).toMatch(/"level":50.*the issuer refuses this app/);
    await cluster.clock.advance(10_000);
    cluster.upstream.setOptions({ faults: { refresh: [] } });
    for (const browser of [ada, grace]) {
      expect((await infoOf(await browser.refresh(1))).session.version).toBe(2);
    }
  });
});

describe('what an issuer may say of an expiry', () => {
  test.each<[FaultKind<'refresh'>, number | null]>([
    ['expiresInMissing', null],
    ['expiresInText', null],
    ['expiresInZero', null],
    ['expiresInNegative', null],
    ['expiresInNumericString', 60_000],
    ['expiresInHuge', 366 * 86_400_000],
  ])('%s counts as %s ms', async (kind, expiresInMs) => {
    await begin({ faults: fault(kind) });
    const { cookie } = ada;
    const { session } = await infoOf(await ada.refresh(1));
    expect(session).toMatchObject({ version: 2, expiresInMs });
    // One refresh suffices, whatever was said; and when the token dies the upstream tells.
    expect((await infoOf(await ada.refresh(1, { cookie }))).session.version).toBe(2);
    await cluster.clock.advance(61_000);
    expect((await ada.call('/api/upstream/me')).headers.get('x-reseal-version')).toBe('2');
    expect((await infoOf(await ada.refresh(2))).session.version).toBe(3);
    expect(cluster.upstream.stats()).toMatchObject({ refreshCalls: 2, reuseDetections: 0 });
  });

  test('no new refresh token means that the old one stays', async () => {
    await begin({ faults: { refresh: [{ kind: 'noRefreshToken', times: 2 }] } });
    for (const version of [2, 3, 4]) {
      expect((await infoOf(await ada.refresh(version - 1))).session.version).toBe(version);
    }
    expect(cluster.upstream.stats()).toMatchObject({
      refreshCalls: 3,
      maxPresentations: 3,
      reuseDetections: 0,
    });
  });
});
