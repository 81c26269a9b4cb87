import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProductionHouse } from './soak/house.ts';
import { accountsOf, sendPeople } from './soak/people.ts';
import { createTally } from './soak/tally.ts';

// The issuer misbehaves in one call of ten, never so that it rotates without answering: what nobody can know
// is not what is under test here.
const issuerFaults = [
  { kind: 'status503', probability: 0.04 },
  { kind: 'status500', probability: 0.02 },
  { kind: 'dropBeforeRotate', probability: 0.02 },
  { kind: 'html', probability: 0.02 },
] as const;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0.75' },
    people: { type: 'string', default: '20' },
    tabs: { type: 'string', default: '3' },
    ttl: { type: 'string', default: '2' },
    think: { type: 'string', default: '2' },
    restart: { type: 'string', default: '15' },
  },
});
const [minutes, count, tabs, ttl, think, restart] = [
  values.minutes, values.people, values.tabs, values.ttl, values.think, values.restart,
].map(Number) as [number, number, number, number, number, number]; // prettier-ignore

console.log(
  `Soak: 3 instances, ${count} people × ${tabs} tabs, tokens of ${ttl} s, ${minutes} min, ` +
    `one instance restarted every ${restart} s, 10 % issuer faults, 1 % of connections cut.`,
);
const tally = createTally();
const house = await startProductionHouse({
  upstream: { users: accountsOf(count), accessTtlSeconds: ttl, faults: { refresh: [...issuerFaults] } },
});
const crowd = sendPeople({
  url: house.balancer.url,
  count,
  tabs,
  thinkMs: think * 1000,
  cutShare: 0.01,
  tally,
});
await crowd.signIn();
const megabytes = () => house.instances.map((one) => Math.round(one.memoryBytes() / 2 ** 20));
const memoryAtStart = megabytes();
const memories: string[] = [];

const working = crowd.work();
const endAtMs = Date.now() + minutes * 60_000;
const exits: (number | null)[] = [];
for (let turn = 0; Date.now() < endAtMs; turn += 1) {
  await wait(Math.min(restart * 1000, Math.max(0, endAtMs - Date.now())));
  memories.push(megabytes().join('/'));
  const { sent, failed, unavailable, logouts } = tally.counts;
  const { refreshesGranted } = house.upstream.stats();
  console.log(
    `  ${((Date.now() - endAtMs) / 60_000 + minutes).toFixed(1)} min: ${sent} sent, ${failed} failed, ${unavailable} told "not now", ` +
      `${refreshesGranted} refreshes, ${logouts} logouts, MB ${memories.at(-1)}, keys in Redis ` +
      `${await house.redis.command<number>('DBSIZE')} ${JSON.stringify(Object.fromEntries(tally.failures))}`,
  );
  // The first is never restarted: what it holds at the end is what it leaks.
  if (Date.now() < endAtMs) exits.push(await house.restart(1 + (turn % 2)));
}
crowd.stop();
await working;
const memoryAtEnd = megabytes();
house.upstream.setOptions({ faults: { refresh: [] } });
const { notes, signedIn } = await crowd.review();
const audit = tally.audit(notes);
const { presentations, ...issuer } = house.upstream.stats();
const presented = Object.values(presentations);

const report = {
  ...tally.counts,
  ...audit,
  signedInAtTheEnd: `${signedIn} of ${count}`,
  refreshesGranted: issuer.refreshesGranted,
  issuerCalls: issuer.refreshCalls,
  maxPresentationsOfOneToken: issuer.maxPresentations,
  tokensPresented: presented.length,
  reuseDetections: issuer.reuseDetections,
  familiesRevoked: issuer.familiesRevoked,
  restarts: exits.length,
  exitCodes: [...new Set(exits)].join(','),
  requestsWithoutAnInstance: house.balancer.failures(),
  latencyMs: { median: tally.latencyMs(0.5), p99: tally.latencyMs(0.99), max: tally.latencyMs(1) },
  memoryAtStartMB: memoryAtStart.join('/'),
  memoryAtEndMB: memoryAtEnd.join('/'),
  failures: Object.fromEntries(tally.failures),
};
console.log(JSON.stringify(report, null, 2));
await house.close();

const { logouts, surfaced401, failed } = tally.counts;
const isGood =
  [logouts, surfaced401, failed, audit.duplicateWrites, audit.wrongPerson, audit.lostWrites].every(
    (n) => n === 0,
  ) &&
  issuer.maxPresentations === 1 &&
  signedIn === count;
console.log(isGood ? 'Nobody noticed anything.' : 'Somebody noticed something.');
process.exit(isGood ? 0 : 1);
