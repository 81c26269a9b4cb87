import { setTimeout as pause } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import type { Outcome, SessionView, Visitor } from './visitor.ts';

/** What is left of the session when all has settled. */
export interface After {
  readonly session: SessionView;
  readonly call: Outcome;
}

export interface ScenarioContext {
  readonly visitor: Visitor;
  readonly deployment: Deployment;
}

export interface Scenario {
  readonly name: string;
  readonly passes: string;
  /** Runs with Ada signed in and her access token out of date; answers what became of her requests. */
  run(context: ScenarioContext): Promise<Outcome[]>;
  /** How often the issuer may be asked to refresh where all is well; `null` where it does not matter. */
  readonly refreshes: number | null;
  /** Whether nothing that she asked for may fail. */
  readonly answersAll?: boolean;
  /** Who is to be signed in at the end; Ada unless told otherwise. */
  readonly atTheEnd?: 'grace' | null;
}

/** Keeps the answer of the next refresh back, its token being used up already. */
function holdRefresh({ deployment }: ScenarioContext) {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let isHeld = false;
  const afterRotate = () => {
    if (isHeld) return undefined;
    isHeld = true;
    begun.resolve();
    return gate.promise;
  };
  deployment.upstream.setOptions({ hooks: { afterRotate } });
  return { begun: begun.promise, release: gate.resolve };
}

async function together({ visitor }: ScenarioContext, count: number): Promise<Outcome[]> {
  return Promise.all(Array.from({ length: count }, () => visitor.call()));
}

/** Asks, and does something else before the issuer's answer comes; a bound, for what may wait for that answer itself. */
async function duringRefresh(context: ScenarioContext, work: () => Promise<void>): Promise<Outcome[]> {
  const { begun, release } = holdRefresh(context);
  const asked = context.visitor.call();
  await begun;
  const working = work();
  await Promise.race([working, pause(3000)]);
  release();
  const [outcome] = await Promise.all([asked, working]);
  return [outcome];
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'parallel',
    passes: 'ten requests at once: one refresh, all answered',
    refreshes: 1,
    answersAll: true,
    run: (context) => together(context, 10),
  },
  {
    name: 'parallel, leeway',
    passes: 'the same, before an issuer that forgives a used token for ten seconds: all answered',
    refreshes: null,
    answersAll: true,
    run(context) {
      context.deployment.upstream.setOptions({ reuse: 'leeway' });
      return together(context, 10);
    },
  },
  {
    name: 'late',
    passes: 'a request with the old cookie leaves 300 ms after the refresh: no second refresh, both answered',
    refreshes: 1,
    answersAll: true,
    async run({ visitor }) {
      const earlier = visitor.earlier();
      const first = await visitor.call();
      await pause(300);
      return [first, await earlier.call()];
    },
  },
  {
    name: 'lost answer',
    passes:
      'the browser loses the connection of the refreshing request, then goes on with the cookie it has: still signed in',
    refreshes: 1,
    async run(context) {
      const { begun, release } = holdRefresh(context);
      const cut = new AbortController();
      context.visitor.cutRefresh(cut.signal);
      const asked = context.visitor.call();
      await begun;
      cut.abort();
      release();
      // Until the app has done what it does with an answer that no one waits for.
      await pause(500);
      return [await asked, await context.visitor.call()];
    },
  },
  {
    name: 'outage',
    passes:
      'the issuer answers 503 for two seconds, then well: still signed in, served within five seconds, and the session does not ask for another login',
    refreshes: null,
    async run({ deployment, visitor }) {
      deployment.upstream.setOptions({ faults: { refresh: [{ kind: 'status503' }] } });
      const asked = [0, 500, 1000, 1500].map((ms) => pause(ms).then(() => visitor.call()));
      await pause(2000);
      deployment.upstream.setOptions({ faults: { refresh: [] } });
      const outcomes = await Promise.all(asked);
      for (const endMs = Date.now() + 5000; Date.now() < endMs; await pause(250))
        if ((await visitor.call()).kind === 'answered') break;
      return outcomes;
    },
  },
  {
    name: 'logout in flight',
    passes: 'logout before the answer of the refresh comes: signed out, whatever comes back late',
    refreshes: null,
    atTheEnd: null,
    run: (context) => duringRefresh(context, () => context.visitor.logout()),
  },
  {
    name: 'switch of person',
    passes:
      'Grace logs in at the same browser before the answer of Ada’s refresh comes: Grace is and stays signed in',
    refreshes: null,
    atTheEnd: 'grace',
    run: (context) => duringRefresh(context, () => context.visitor.login('grace')),
  },
  {
    name: 'two instances',
    passes: 'ten requests at once, in turns to two processes of the same app: one refresh, all answered',
    refreshes: 1,
    answersAll: true,
    async run(context) {
      context.deployment.serve(2);
      return together(context, 10);
    },
  },
];
