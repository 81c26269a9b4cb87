import { soak } from '../../scripts/soak/run.ts';
import { describeWithRedis } from '../support/redisServer.ts';

jest.setTimeout(300_000);

describeWithRedis('three quarters of a minute with tokens of two seconds', () => {
  test('failing refreshes, cut connections and restarts are noticed by nobody', async () => {
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
      notSignedInAtTheEnd: 0,
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
    expect(report.maxPresentationsOfOneToken).toBe(1);
    expect(report.exitCodes).toEqual([0]);
    // All of it did happen.
    expect(report.restarts).toBeGreaterThan(0);
    expect(report.written).toBeGreaterThan(20);
    expect(report.replays).toBeGreaterThan(20);
    expect(report.issuerCalls).toBeGreaterThan(report.refreshesGranted);
  });
});
