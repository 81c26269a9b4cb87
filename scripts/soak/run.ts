import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { startProductionHouse } from './house.ts';
import { accountsOf, sendPeople } from './people.ts';
import { createTally } from './tally.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly people: number;
  /** Of each person, over one cookie jar. */
  readonly tabs: number;
  /** How long an access token lives. */
  readonly ttlSeconds: number;
  /** Mean time between two requests of one tab. */
  readonly thinkSeconds: number;
  /** One instance of three is restarted this often. */
  readonly restartEverySeconds: number;
}

// The issuer misbehaves in one call of ten, never so that it rotates without answering: what nobody can know
// is not what is under test here.
const ISSUER_FAULTS = [
  { kind: 'status503', probability: 0.04 },
  { kind: 'status500', probability: 0.02 },
  { kind: 'dropBeforeRotate', probability: 0.02 },
  { kind: 'html', probability: 0.02 },
] as const;
const CUT_SHARE = 0.01;

/** Lets people work while the issuer fails, connections are cut and instances restart; `tell` hears of it at each restart. */
export async function soak(options: SoakOptions, tell: (line: string) => void = () => undefined) {
  const { people: count, tabs } = options;
  const tally = createTally();
  const house = await startProductionHouse({
    upstream: {
      users: accountsOf(count),
      accessTtlSeconds: options.ttlSeconds,
      faults: { refresh: [...ISSUER_FAULTS] },
    },
  });
  try {
    const crowd = sendPeople({
      url: house.balancer.url,
      count,
      tabs,
      thinkMs: options.thinkSeconds * 1000,
      cutShare: CUT_SHARE,
      tally,
    });
    await crowd.signIn();
    const megabytes = () => house.instances.map((one) => Math.round(one.memoryBytes() / 2 ** 20)).join('/');
    const memoryAtStart = megabytes();
    const cpuAtStart = { instances: house.cpuMs(), harness: harnessCpuMs(), atMs: Date.now() };

    const working = crowd.work();
    const endAtMs = Date.now() + options.minutes * 60_000;
    const exits: (number | null)[] = [];
    for (let turn = 0; Date.now() < endAtMs; turn += 1) {
      await wait(Math.min(options.restartEverySeconds * 1000, Math.max(0, endAtMs - Date.now())));
      const { sent, failed, unavailable, surfaced401, logouts } = tally.counts;
      tell(
        `${(options.minutes - (endAtMs - Date.now()) / 60_000).toFixed(1)} min: ${sent} sent, ${failed} failed, ` +
          `${surfaced401} surfaced 401s, ${unavailable} told "not now", ${logouts} logouts, ` +
          `${house.upstream.stats().refreshesGranted} refreshes, MB ${megabytes()}, ` +
          `keys in Redis ${await house.redis.command<number>('DBSIZE')}, load ${loadavg()[0]?.toFixed(1)}`,
      );
      // The first is never restarted: what it holds at the end is what it leaks.
      if (Date.now() < endAtMs) exits.push(await house.restart(1 + (turn % 2)));
    }
    crowd.stop();
    await working;
    const tookMs = Date.now() - cpuAtStart.atMs;
    const share = (fromMs: number, toMs: number) => Number(((toMs - fromMs) / tookMs).toFixed(2));
    const coresUsed = {
      instances: share(cpuAtStart.instances, house.cpuMs()),
      harness: share(cpuAtStart.harness, harnessCpuMs()),
    };
    const memoryAtEnd = megabytes();
    house.upstream.setOptions({ faults: { refresh: [] } });
    const { notes, signedIn, unread } = await crowd.review();
    crowd.leave();
    const { surfaced401, logouts, failed, ...counts } = tally.counts;
    const { written, ...audit } = tally.audit(notes);
    const { presentations, maxPresentations, reuseDetections, familiesRevoked, ...issuer } =
      house.upstream.stats();
    return {
      ...counts,
      written,
      /** What must not be. */
      harm: {
        logouts,
        notSignedInAtTheEnd: count - signedIn,
        surfaced401,
        failed,
        ...audit,
        unread,
        reuseDetections,
        familiesRevoked,
        requestsWithoutAnInstance: house.balancer.failures(),
        failures: Object.fromEntries(tally.failures),
      },
      maxPresentationsOfOneToken: maxPresentations,
      tokensPresented: Object.keys(presentations).length,
      refreshesGranted: issuer.refreshesGranted,
      issuerCalls: issuer.refreshCalls,
      restarts: exits.length,
      exitCodes: [...new Set(exits)],
      latencyMs: { median: tally.latencyMs(0.5), p99: tally.latencyMs(0.99), max: tally.latencyMs(1) },
      memoryMB: { start: memoryAtStart, end: memoryAtEnd },
      coresUsed,
    };
  } finally {
    await house.close();
  }
}

/** CPU time of clients, balancer and upstream, which share this process. */
function harnessCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export type SoakReport = Awaited<ReturnType<typeof soak>>;

/** Whether nobody noticed anything. */
export function isUnnoticed({ harm, maxPresentationsOfOneToken }: SoakReport): boolean {
  const isNothing = (value: unknown) =>
    (typeof value === 'number' ? value : Object.keys(value ?? {}).length) === 0;
  return maxPresentationsOfOneToken === 1 && Object.values(harm).every(isNothing);
}
