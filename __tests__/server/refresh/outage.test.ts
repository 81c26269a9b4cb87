import { Browser, infoOf } from '../../../testing/browser.ts';
import { deferred } from '../../support/deferred.ts';
import { startCluster, times, until, type Cluster, type ClusterOptions } from './cluster.ts';

let cluster: Cluster;
let browsers: Browser[];

/** So many sessions, of one person in as many browsers. */
async function begin(sessions: number, options?: ClusterOptions): Promise<void> {
  cluster = await startCluster(options);
  browsers = times(sessions, () => new Browser(cluster.app.url));
  // One after the other: the login throttle counts what is under way.
  for (const browser of browsers) await browser.login();
}
afterEach(() => cluster.close());

const calls = () => cluster.upstream.stats().refreshCalls;
const statuses = (answers: Response[]) => new Set(answers.map(({ status }) => status));
const refreshAll = () => Promise.all(browsers.map((browser) => browser.refresh(1)));

describe('an outage of the issuer', () => {
  test('is one after five failures in a row, and then costs one call a window, no matter who asks', async () => {
    await begin(20, { faults: { refresh: [{ kind: 'status503' }] } });
    for (const browser of browsers) expect((await browser.refresh(1)).status).toBe(503);
    expect(calls()).toBe(5);
    for (const [window, ms] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      await cluster.clock.advance(ms - 1);
      await refreshAll();
      expect([window, calls()]).toEqual([window, 5 + window]);
      await cluster.clock.advance(1);
      const answers = await refreshAll();
      expect(statuses(answers)).toEqual(new Set([503]));
      expect(answers.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
      expect([window, calls()]).toEqual([window, 6 + window]);
    }
  });

  test('is over with the first answer, and no one was signed out by it', async () => {
    await begin(20, { faults: { refresh: [{ kind: 'status500' }] } });
    for (const browser of browsers) await browser.refresh(1);
    cluster.upstream.setOptions({ faults: { refresh: [] } });
    await cluster.clock.advance(1000);
    for (const browser of browsers) {
      expect((await infoOf(await browser.refresh(1))).session.version).toBe(2);
    }
  });

  test('in which twenty calls failed in the same moment has a first window of one second, not of half a minute', async () => {
    const gate = deferred();
    const hooks = { beforeRefresh: () => gate.promise };
    await begin(20, { hooks, faults: { refresh: [{ kind: 'status500', times: 20 }] } });
    const refreshes = refreshAll();
    await until(() => calls() === 20);
    gate.resolve();
    expect(statuses(await refreshes)).toEqual(new Set([503]));
    await cluster.clock.advance(1000);
    expect((await infoOf(await browsers[0]!.refresh(1))).session.version).toBe(2);
  });

  test('that names a Retry-After is left alone for so long, by everyone', async () => {
    const fault = { kind: 'status503', retryAfterSeconds: 120 } as const;
    await begin(8, { faults: { refresh: [fault] } });
    for (const browser of browsers) await browser.refresh(1);
    expect(calls()).toBe(5);
    await cluster.clock.advance(119_000);
    const answers = await refreshAll();
    expect(new Set(answers.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['1']));
    expect(calls()).toBe(5);
    await cluster.clock.advance(1000);
    await refreshAll();
    expect(calls()).toBe(6);
  });

  test('is shared by all instances through the store', async () => {
    await begin(8, { instances: 2, faults: { refresh: [{ kind: 'status503' }] } });
    for (const browser of browsers) await browser.refresh(1);
    const other = cluster.apps[1]!;
    const elsewhere = browsers.map(({ cookie }) => new Browser(other.url).refresh(1, { cookie }));
    expect(statuses(await Promise.all(elsewhere))).toEqual(new Set([503]));
    expect(calls()).toBe(5);
  });
});

test('one call in ten that fails at random holds off no one but its own session', async () => {
  await begin(25, { accessTtlSeconds: 3600, faults: { refresh: [{ kind: 'status503', probability: 0.1 }] } });
  const versions = times(25, () => 1);
  let refusals = 0;
  for (let round = 0; round < 8; round += 1) {
    for (const [n, browser] of browsers.entries()) {
      const answer = await browser.refresh(versions[n]);
      if (answer.status === 200) versions[n] = (await infoOf(answer)).session.version;
      else refusals += 1;
    }
    await cluster.clock.advance(2000);
  }
  const { refreshCalls, refreshesGranted } = cluster.upstream.stats();
  expect(refreshCalls).toBe(200);
  expect(refusals).toBe(refreshCalls - refreshesGranted);
  expect(refusals).toBeGreaterThan(5);
});
