import { setTimeout as pause } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import { SCENARIOS, type After, type Scenario } from './scenarios.ts';
import type { Outcome } from './visitor.ts';

/** One run of a scenario in a deployment. */
export interface Played {
  readonly deployment: string;
  readonly scenario: string;
  readonly refreshes: number;
  readonly familiesRevoked: number;
  readonly outcomes: readonly Outcome[];
  readonly after: After;
  /** Where the race is one of token lives: how many were lived, of how many. */
  readonly lives?: { readonly lived: number; readonly of: number };
  readonly pass: boolean;
}

/** Beyond the whole seconds in which libraries count. */
const UNTIL_EXPIRED_MS = 3200;
const LATER_TOKEN_SECONDS = 3600;

async function play(deployment: Deployment, scenario: Scenario): Promise<Played> {
  deployment.upstream.reset();
  deployment.serve(1);
  const visitor = deployment.visitor();
  try {
    await visitor.login('ada');
    const before = await visitor.call();
    if (before.kind !== 'answered')
      throw new Error(`${deployment.name}: no login (${JSON.stringify(before)}).`);
    await pause(UNTIL_EXPIRED_MS);
    // What a library refreshes before its time is not counted.
    deployment.upstream.setOptions({ accessTtlSeconds: LATER_TOKEN_SECONDS });
    const earlierRefreshes = deployment.upstream.stats().refreshCalls;
    const outcomes = await scenario.run({ deployment, visitor });
    const { refreshCalls, familiesRevoked } = deployment.upstream.stats();
    const after = { session: await visitor.session(), call: await visitor.call() };
    const seen = { refreshes: refreshCalls - earlierRefreshes, familiesRevoked, outcomes, after };
    return { deployment: deployment.name, scenario: scenario.name, ...seen, pass: passes(scenario, seen) };
  } finally {
    visitor.close();
  }
}

function passes(
  { refreshes, answersAll, atTheEnd }: Scenario,
  seen: Pick<Played, 'refreshes' | 'outcomes' | 'after'>,
): boolean {
  const { session, call } = seen.after;
  const who = call.kind === 'answered' ? call.who : null;
  const expected = atTheEnd === undefined ? 'ada' : atTheEnd;
  if (session.who !== expected || who !== expected || session.error) return false;
  if (seen.outcomes.some(({ kind }) => kind === 'hangs')) return false;
  if (answersAll && seen.outcomes.some(({ kind }) => kind !== 'answered')) return false;
  return refreshes === null || seen.refreshes === refreshes;
}

/** Plays every scenario in every deployment; the deployments at the same time, for each has its own upstream. */
export async function correctness(deployments: readonly Deployment[], rounds: number): Promise<Played[]> {
  const all: Played[] = [];
  for (const scenario of SCENARIOS) {
    for (let round = 0; round < rounds; round += 1)
      all.push(...(await Promise.all(deployments.map((deployment) => play(deployment, scenario)))));
    const marks = deployments.map(({ name }) => {
      const runs = all.filter((one) => one.deployment === name && one.scenario === scenario.name);
      return `${name} ${runs.filter(({ pass }) => pass).length}/${runs.length}`;
    });
    console.log(`${scenario.name.padEnd(18)} ${marks.join('   ')}`);
  }
  return all;
}
