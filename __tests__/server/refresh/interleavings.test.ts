import fc from 'fast-check';
import { memoryStore } from '../../../server/store/tableStore.ts';
import { Instance, ScheduledIssuer, ScheduledCluster, type Person } from './scheduledCluster.ts';

/** 10,000 in the long run; `RUNS=10000 SEED=… npx jest interleavings`. */
const RUNS = Number(process.env['RUNS'] ?? 150);
const SEED = Number(process.env['SEED'] ?? 20_261_123);

interface Step {
  readonly who: number;
  readonly where: number;
  readonly what: 'refresh' | 'refresh and lose the answer' | 'read' | 'logout';
}

const steps = fc.array(
  fc.record<Step>({
    who: fc.nat(2),
    where: fc.nat(1),
    what: fc.oneof(
      { weight: 8, arbitrary: fc.constant<'refresh'>('refresh') },
      { weight: 3, arbitrary: fc.constant<'refresh and lose the answer'>('refresh and lose the answer') },
      { weight: 3, arbitrary: fc.constant<'read'>('read') },
      { weight: 1, arbitrary: fc.constant<'logout'>('logout') },
    ),
  }),
  { minLength: 4, maxLength: 14 },
);

/** What one step does, and what must hold when it is done. */
async function take({ who, where, what }: Step, cluster: ScheduledCluster): Promise<void> {
  const person = cluster.people[who]!;
  const instance = cluster.instances[where]!;
  await cluster.turn(`${person.name} sets out`);
  const { jar } = person;
  if (what === 'logout') {
    person.loggedOut = 'going';
    await instance.endSession(jar, 'logout');
    person.loggedOut = 'gone';
    return;
  }
  const wasGone = person.loggedOut === 'gone';
  const found = await instance.sessions.read(jar);
  if (found.kind === 'ended') return expectLoggedOut(person, found.reason);
  expectOwn(person, found.pair.accessToken);
  expect(wasGone).toBe(false);
  if (what === 'read') return;

  const outcome = await instance.coordinator.refresh(found, { version: found.version });
  if (outcome.kind === 'ended') return expectLoggedOut(person, outcome.reason);
  if (!('session' in outcome)) return expect(outcome.kind).toBe('transient');
  const { session } = outcome;
  expectOwn(person, session.pair.accessToken);
  expect(session.seal.id).toBe(jar.id);
  expect(session.version).toBeGreaterThan(found.version);
  if (what === 'refresh and lose the answer') return;
  await cluster.turn(`${person.name} is answered`);
  // Answers overtake each other: the jar may go back to an older version.
  person.jar = { ...jar, version: session.version, pair: session.pair };
}

function expectOwn(person: Person, accessToken: string): void {
  expect(accessToken.split('/')[0]).toBe(person.name);
}

/** No one is signed out but by their own logout. */
function expectLoggedOut(person: Person, reason: string): void {
  expect([person.loggedOut !== 'no', reason]).toEqual([true, 'logout']);
}

/** Afterwards anyone who did not log out goes on, with the newest pair; anyone who did is out, at the issuer too. */
async function expectAfterwards(cluster: ScheduledCluster, issuer: ScheduledIssuer): Promise<void> {
  await Promise.all(cluster.instances.map(({ coordinator }) => coordinator.idle()));
  while (issuer.revoking > 0) await cluster.turn('a revocation is waited for');
  cluster.clock.jump(60_000);
  issuer.fails = () => false;
  for (const person of cluster.people) {
    const { coordinator, sessions } = cluster.instances[0]!;
    const found = await sessions.look(person.jar);
    if (person.loggedOut !== 'no') {
      expect(found).toEqual({ kind: 'ended', reason: 'logout' });
      expect(issuer.lives(person.name)).toBe(false);
      continue;
    }
    if (found.kind === 'ended') throw new Error(`The session of ${person.name} ended: ${found.reason}.`);
    const outcome = await coordinator.refresh(found, { version: found.version });
    expect(outcome.kind).toBe('refreshed');
  }
  expect(issuer.reuses).toBe(0);
}

test('no one is ever mixed up, signed out or let in again, in whatever order things happen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps, fc.infiniteStream(fc.nat(9)), async (s, plan, luck) => {
      const cluster = new ScheduledCluster(s);
      const issuer = new ScheduledIssuer(cluster);
      issuer.fails = () => luck.next().value === 0;
      const store = memoryStore(cluster.clock);
      cluster.instances.push(new Instance(cluster, store, issuer), new Instance(cluster, store, issuer));
      for (const name of ['ada', 'grace', 'mary']) cluster.people.push(issuer.login(name));
      await cluster.run(async () => {
        await Promise.all(plan.map((step) => take(step, cluster)));
        await expectAfterwards(cluster, issuer);
      });
    }),
    { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: 3_600_000 },
  );
}, 3_600_000);
