import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuild, startInstance } from '../testing/production.ts';
import { misbehave, MISBEHAVIOUR } from './siege/misbehaviour.ts';
import { Person } from './siege/person.ts';
import { startUpstream } from './siege/upstream.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '180' } } });
const SECONDS = Number(values.seconds);
const HEALTHY = 20;
const THINK_MS = 200;

interface Figures {
  readonly requests: number;
  readonly failures: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Healthy people read their notes for a while; answers what they met. */
async function live(app: string, untilMs: number): Promise<Figures> {
  const times: number[] = [];
  const failures: string[] = [];
  const people = Array.from({ length: HEALTHY }, (_, n) => new Person(app, `healthy-${n}`, n + 1));
  await Promise.all(
    people.map(async (person) => {
      const login = await person.login();
      if (login.status !== 200) failures.push(`login ${login.status} ${login.headers['x-reseal-reason']}`);
      while (Date.now() < untilMs) {
        const startedAt = performance.now();
        const answer = await person.readNotes().catch((error: Error) => error);
        if (answer instanceof Error) failures.push(answer.message);
        else if (answer.status !== 200)
          failures.push(`${answer.status} ${answer.headers['x-reseal-reason']}`);
        times.push(performance.now() - startedAt);
        await sleep(THINK_MS);
      }
      person.agent.destroy();
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  return { requests: times.length, failures, p50Ms: at(0.5), p99Ms: at(0.99) };
}

await ensureBuild();
const upstream = await startUpstream();
const app = await startInstance({
  UPSTREAM_URL: upstream.url,
  UPSTREAM_PATHS: '/notes,/events,/large,/slow',
  SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
  APP_URL: 'http://127.0.0.1',
  SESSION_STORE: 'memory',
  TRUSTED_PROXIES: '1',
  LOG_LEVEL: 'error',
});
console.log(`${HEALTHY} healthy people alone, ${SECONDS} s`);
const alone = await live(app.url, Date.now() + SECONDS * 1000);
console.log(alone);
const kinds = Object.keys(MISBEHAVIOUR);
console.log(`The same beside ${kinds.length} misbehaving people: ${kinds.join(', ')}`);
const stop = new AbortController();
const siege = kinds.map((kind, n) => misbehave(new Person(app.url, `${kind}-1`, 100 + n), kind, stop.signal));
const beside = await live(app.url, Date.now() + SECONDS * 1000);
stop.abort();
console.log(beside);
console.log(`p99 beside the siege ÷ alone: ${(beside.p99Ms / alone.p99Ms).toFixed(2)}`);
await Promise.race([Promise.all(siege), sleep(5000)]);
await app.kill();
upstream.server.closeAllConnections();
process.exit(alone.failures.length + beside.failures.length === 0 ? 0 : 1);
