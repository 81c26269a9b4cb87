import { soak } from '../../scripts/soak/run.ts';
import { describeWithRedis } from '../../testing/redisServer.ts';

jest.setTimeout(300_000);

describeWithRedis('three quarters of a minute with tokens of two seconds', () => {
  test('failing refreshes, cut connections and restarts are noticed by no one', async () => {
    const report = await soak({
      minutes: 0.75,
      people: 6,
      tabs: 3,
      ttlSeconds: 2,
      thinkSeconds: 1.5,
      restartEverySeconds: 8,
    });
    expect(report.harm).toEqual({
      logouts: 0,
      sessionsLostWithoutReason: 0,
      endedSessionsThatLive: 0,
      surfaced401: 0,
      failed: 0,
      duplicateWrites: 0,
      wrongPerson: 0,
      lostWrites: 0,
      unread: {},
      reuseDetections: 0,
      familiesRevoked: 0,
      requestsWithoutAnInstance: 0,
      failures: {},
    });
    expect(report.exceptions).toMatchObject({ sessionsLost: 0, presentedTwice: 0 });
    expect(report.maxPresentationsOfOneToken).toBe(1);
    expect(report.exitCodes).toEqual([0]);
    // All of it did happen.
    expect(report.restarts).toBeGreaterThan(0);
    expect(report.written).toBeGreaterThan(20);
    expect(report.replays).toBeGreaterThan(20);
    expect(report.issuerCalls).toBeGreaterThan(report.refreshesGranted);
  });
});

describe('half a minute on one session file', () => {
  test('kill -9 of a server loses no session without a documented reason, and revives none', async () => {
    const report = await soak({
      store: 'sqlite',
      kills: true,
      minutes: 0.5,
      people: 6,
      tabs: 2,
      ttlSeconds: 2,
      thinkSeconds: 1.5,
      restartEverySeconds: 6,
    });
    expect(report.harm).toEqual({
      sessionsLostWithoutReason: 0,
      surfaced401: 0,
      duplicateWrites: 0,
      wrongPerson: 0,
      lostWrites: 0,
      unread: {},
      endedSessionsThatLive: 0,
    });
    expect(report.disturbances).toBeGreaterThan(2);
    expect(report.sessionsEnded).toBeGreaterThan(5);
  });
});
