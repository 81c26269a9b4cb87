import { setTimeout as wait } from 'node:timers/promises';
import { startDeployment, type Deployment } from '../../scripts/soak/deployment.ts';
import { accountsOf, sendPeople } from '../../scripts/soak/people.ts';
import { createTally, type Tally } from '../../scripts/soak/tally.ts';
import { describeWithRedis } from '../../testing/redisServer.ts';
import { until } from '../../testing/until.ts';

jest.setTimeout(300_000);

const PEOPLE = 8;
/** Longer than a request takes while a busy machine starts a server. */
const TTL_SECONDS = 5;

describeWithRedis('under load', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startDeployment({
      upstream: { users: accountsOf(PEOPLE), accessTtlSeconds: TTL_SECONDS },
    });
  });
  afterAll(() => deployment.close());

  /** Lets people work while `trouble` happens; answers what they noticed. */
  async function workThrough(trouble: (tally: Tally) => Promise<void>) {
    deployment.upstream.reset();
    const tally = createTally();
    const { url } = deployment.balancer;
    const people = sendPeople({ url, count: PEOPLE, tabs: 2, thinkMs: 200, cutShare: 0, tally });
    await people.signIn();
    const working = people.work();
    await until(() => tally.counts.answered > 20);
    await trouble(tally);
    const enough = tally.counts.answered + 50;
    await until(() => tally.counts.answered > enough);
    people.stop();
    await working;
    const { notes, signedIn, unread } = await people.review();
    people.leave();
    const { sent, failed, unavailable, surfaced401, logouts } = tally.counts;
    const { maxPresentations } = deployment.upstream.stats();
    const { duplicateWrites, wrongPerson, lostWrites } = tally.audit(notes);
    const failures = Object.fromEntries(tally.failures);
    const noticed = {
      failed,
      unavailable,
      failures,
      surfaced401,
      logouts,
      duplicateWrites,
      wrongPerson,
      lostWrites,
      unread,
    };
    return { sent, signedIn, maxPresentations, noticed };
  }

  const nothing = {
    failed: 0,
    unavailable: 0,
    failures: {},
    surfaced401: 0,
    logouts: 0,
    duplicateWrites: 0,
    wrongPerson: 0,
    lostWrites: 0,
    unread: {},
  };

  test('a rolling restart of all instances is noticed by no one', async () => {
    const exits: (number | null)[] = [];
    const { noticed, signedIn, maxPresentations } = await workThrough(async () => {
      for (const index of [0, 1, 2]) exits.push(await deployment.restart(index));
    });
    expect(noticed).toEqual(nothing);
    expect(signedIn).toBe(PEOPLE);
    expect(maxPresentations).toBe(1);
    expect(exits).toEqual([0, 0, 0]);
    expect(deployment.balancer.failures()).toBe(0);
  });

  test('Redis stopped and started signs no one out, and loses and doubles nothing', async () => {
    const { noticed, signedIn, maxPresentations } = await workThrough(async (tally) => {
      await deployment.backing.redis?.stop();
      const before = tally.counts.failedRefreshes;
      await until(() => tally.counts.failedRefreshes > before);
      await wait(1000);
      await deployment.backing.redis?.start();
    });
    // Requests whose token died were then told "not now", as they are while the issuer is away.
    expect({ ...noticed, unavailable: 0 }).toEqual(nothing);
    expect(signedIn).toBe(PEOPLE);
    expect(maxPresentations).toBe(1);
  });
});
