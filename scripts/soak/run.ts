import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { startDeployment, type Deployment } from './deployment.ts';
import { livingAmong, startRefreshLoad, type LoadReport } from '../../testing/refreshLoad.ts';
import type { StoreKind } from './backing.ts';
import { accountsOf, sendPeople } from './people.ts';
import type { Review } from './review.ts';
import { createTally, type Tally } from './tally.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly people: number;
  /** Of each person, over one cookie jar. */
  readonly tabs: number;
  /** How long an access token lives. */
  readonly ttlSeconds: number;
  /** Mean time between two requests of one tab. */
  readonly thinkSeconds: number;
  /** One instance of three is restarted this often, or something happens to the store. */
  readonly restartEverySeconds: number;
  readonly store?: StoreKind;
  /** Kills instances instead of stopping them. */
  readonly kills?: boolean;
}

// The issuer misbehaves in one call of ten, never so that it rotates without answering: what no server can know
// is not what is under test here.
const ISSUER_FAULTS = [
  { kind: 'status503', probability: 0.04 },
  { kind: 'status500', probability: 0.02 },
  { kind: 'dropBeforeRotate', probability: 0.02 },
  { kind: 'html', probability: 0.02 },
] as const;
const CUT_SHARE = 0.01;

/** People who are told "not now" by a store that fails over wait so long; an end that is younger may be lost with it. */
const REPLICATION_MS = 1000;
const WATCHERS = 4;

type Tell = (line: string) => void;

/** Restarts or kills instances, and disturbs the store, in turn, until the time is over. */
async function disturb(options: SoakOptions, deployment: Deployment, tell: () => void, say: Tell) {
  const endAtMs = Date.now() + options.minutes * 60_000;
  const exits: (number | null)[] = [];
  const disturbedAtMs: number[] = [];
  for (let turn = 0; Date.now() < endAtMs; turn += 1) {
    await wait(Math.min(options.restartEverySeconds * 1000, Math.max(0, endAtMs - Date.now())));
    tell();
    if (Date.now() >= endAtMs) break;
    disturbedAtMs.push(Date.now());
    const happened = turn % 2 === 0 ? await deployment.backing.disturb() : null;
    if (happened) {
      say(happened);
      continue;
    }
    // The first is never restarted: what it holds at the end is what it leaks.
    const index = 1 + (turn % 2);
    if (options.kills) await deployment.crash(index);
    else exits.push(await deployment.restart(index));
  }
  return { exits, disturbedAtMs };
}

/** Lets people work while the issuer fails, connections are cut, instances restart and the store fails over. */
export async function soak(options: SoakOptions, say: Tell = () => undefined) {
  const tally = createTally();
  const deployment = await startDeployment({
    store: options.store ?? 'redis',
    upstream: {
      users: accountsOf(options.people),
      accessTtlSeconds: options.ttlSeconds,
      faults: { refresh: [...ISSUER_FAULTS] },
    },
  });
  try {
    return await run(options, deployment, tally, say);
  } finally {
    await deployment.close();
  }
}

async function run(options: SoakOptions, deployment: Deployment, tally: Tally, say: Tell) {
  const { people: count, tabs, thinkSeconds } = options;
  const { url } = deployment.balancer;
  const crowd = sendPeople({ url, count, tabs, thinkMs: thinkSeconds * 1000, cutShare: CUT_SHARE, tally });
  await crowd.signIn();
  const watch = await startRefreshLoad([url], WATCHERS);
  const megabytes = () =>
    deployment.instances.map((one) => Math.round(one.memoryBytes() / 2 ** 20)).join('/');
  const memoryAtStart = megabytes();
  const from = { instances: deployment.cpuMs(), harness: harnessCpuMs(), atMs: Date.now() };
  const progress = () => {
    const { sent, failed, unavailable, surfaced401, logouts } = tally.counts;
    say(
      `${((Date.now() - from.atMs) / 60_000).toFixed(1)} min: ${sent} sent, ${failed} failed, ` +
        `${surfaced401} surfaced 401s, ${unavailable} told "not now", ${logouts} logouts, ` +
        `${deployment.upstream.stats().refreshesGranted} refreshes, MB ${megabytes()}, load ${loadavg()[0]?.toFixed(1)}`,
    );
  };
  const working = crowd.work();
  const { exits, disturbedAtMs } = await disturb(options, deployment, progress, say);
  crowd.stop();
  const watched = await watch.stop();
  await working;
  const tookMs = Date.now() - from.atMs;
  const share = (fromMs: number, toMs: number) => Number(((toMs - fromMs) / tookMs).toFixed(2));
  const coresUsed = {
    instances: share(from.instances, deployment.cpuMs()),
    harness: share(from.harness, harnessCpuMs()),
  };
  deployment.upstream.setOptions({ faults: { refresh: [] } });
  const reviewed = await crowd.review();
  crowd.leave();
  const isReplicated = (atMs: number) => disturbedAtMs.every((ms) => Math.abs(ms - atMs) > REPLICATION_MS);
  const ended = watched.ended.filter(({ atMs }) => isReplicated(atMs));
  const revived = await livingAmong(url, ended.map(({ cookie }) => cookie)); // prettier-ignore
  return {
    ...judged({ options, deployment, tally, reviewed, watched, revived: revived.length }),
    sessionsEnded: ended.length,
    disturbances: disturbedAtMs.length,
    exitCodes: [...new Set(exits)],
    restarts: exits.length,
    latencyMs: { median: tally.latencyMs(0.5), p99: tally.latencyMs(0.99), max: tally.latencyMs(1) },
    memoryMB: { start: memoryAtStart, end: megabytes() },
    coresUsed,
  };
}

interface Findings {
  readonly options: SoakOptions;
  readonly deployment: Deployment;
  readonly tally: Tally;
  readonly reviewed: Review;
  readonly watched: LoadReport;
  readonly revived: number;
}

/** Sorts what was found into what must not be, and what may be where a process or a primary was killed. */
function judged({ options, deployment, tally, reviewed, watched, revived }: Findings) {
  const { surfaced401, logouts, failed, ...counts } = tally.counts;
  const { written, ...audit } = tally.audit(reviewed.notes);
  const { presentations, maxPresentations, reuseDetections, familiesRevoked, ...issuer } =
    deployment.upstream.stats();
  const presentedTwice = Object.values(presentations).filter((times) => times > 1).length;
  const lost = options.people - reviewed.signedIn + watched.lost.length;
  const failures = Object.fromEntries(tally.failures);
  // A request whose instance was killed under it has no answer; a token whose new pair died with the process, or with
  // a primary before it was replicated, is presented again: docs/architecture.md, "When a token may be presented twice".
  const byKill = { failed, requestsWithoutAnInstance: deployment.balancer.failures(), failures };
  return {
    ...counts,
    written,
    harm: {
      sessionsLostWithoutReason: Math.max(0, lost - presentedTwice),
      surfaced401,
      ...audit,
      unread: presentedTwice > 0 ? {} : reviewed.unread,
      endedSessionsThatLive: revived,
      ...(options.kills ? {} : { logouts, reuseDetections, familiesRevoked, ...byKill }),
    },
    exceptions: { sessionsLost: lost, presentedTwice, logouts, reuseDetections, ...byKill },
    maxPresentationsOfOneToken: maxPresentations,
    tokensPresented: Object.keys(presentations).length,
    refreshesGranted: issuer.refreshesGranted,
    issuerCalls: issuer.refreshCalls,
    postponedRefreshes: watched.postponed,
    longestWaitForARefreshMs: watched.longestWaitMs,
  };
}

/** CPU time of clients, balancer and upstream, which share this process. */
function harnessCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export type SoakReport = Awaited<ReturnType<typeof soak>>;

/** Whether no person noticed anything that has no documented reason. */
export function isUnnoticed({ harm, maxPresentationsOfOneToken }: SoakReport): boolean {
  const isNothing = (value: unknown) =>
    (typeof value === 'number' ? value : Object.keys(value ?? {}).length) === 0;
  return maxPresentationsOfOneToken <= 2 && Object.values(harm).every(isNothing);
}
