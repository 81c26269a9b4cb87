import { setTimeout as pause } from 'node:timers/promises';
import type { Played } from './correctness.ts';
import type { PageDeployment, PageVisitor } from './pages.ts';
import { createLock } from './resealVisitor.ts';
import type { Outcome } from './visitor.ts';

/** A row of the race table in which server components read with access tokens that expire again and again. */
export interface LivesRow {
  readonly name: string;
  readonly passes: string;
  readonly instances: 1 | 3;
  /** Pages that are opened at once in each token life. */
  readonly renders: number;
  /** Whether two tabs send a request each beside them. */
  readonly withTabs: boolean;
}

const RENDERS = 100;

export const LIVES_ROWS: readonly LivesRow[] = [
  {
    name: 'server components',
    passes:
      '20 token lives, in each 100 parallel renders of a page whose server component reads notes, while two tabs send a request each: at most one refresh a life, no refresh token presented twice, every page shows the notes, still signed in',
    instances: 1,
    renders: RENDERS,
    withTabs: true,
  },
  {
    name: 'server components, no script',
    passes: 'the same with a browser that only opens pages, so that only a page can bring a newer cookie',
    instances: 1,
    renders: RENDERS,
    withTabs: false,
  },
  {
    name: 'server components, three instances',
    passes: 'as *server components*, in turns to three processes of the app',
    instances: 3,
    renders: RENDERS,
    withTabs: true,
  },
  {
    name: 'server components, no script, three instances',
    passes: 'as *server components, no script*, in turns to three processes of the app',
    instances: 3,
    renders: RENDERS,
    withTabs: false,
  },
];

/** The part of the problem that is no race: it is in no table, but in the notes. */
const ONE_AT_A_TIME: LivesRow = {
  name: 'one render at a time',
  passes: 'five token lives, in each one render',
  instances: 1,
  renders: 1,
  withTabs: false,
};

/** The least that a token lives: whole seconds, for libraries that count in them. */
const LEAST_SECONDS = 2;
/** While the first renders of an app warm it up. */
const FIRST_SECONDS = 5;
/** All libraries round the end of a token down: what is a little over for the upstream is over for them. */
const BEYOND_MS = 200;

/** Renders of two apps at once would share the processors, and outlive the token that they are about. */
const inTurn = createLock();

interface Counts {
  readonly outcomes: Outcome[];
  /** Token lives that were begun: all, or up to the one in which the family was revoked. */
  lived: number;
  /** Token lives that ended, including those that ended while pages were still being rendered. */
  ended: number;
}

/** What there is to play with, and how long. */
interface Course {
  readonly deployment: PageDeployment;
  readonly visitor: PageVisitor;
  readonly row: LivesRow;
  readonly lives: number;
}

async function live({ deployment, visitor, row, lives }: Course): Promise<Counts> {
  const { upstream, earlySeconds } = deployment;
  const counts: Counts = { outcomes: [], lived: 0, ended: 0 };
  let refreshedAt = performance.now();
  const beforeAnswer = async () => void (refreshedAt = performance.now());
  let seconds = earlySeconds + LEAST_SECONDS;
  let next = earlySeconds + FIRST_SECONDS;
  while (counts.lived < lives && upstream.stats().familiesRevoked === 0) {
    await pause(refreshedAt + seconds * 1000 + BEYOND_MS - performance.now());
    await inTurn(async () => {
      seconds = next;
      upstream.setOptions({ accessTtlSeconds: seconds, hooks: { beforeAnswer } });
      const startedAt = performance.now();
      const asked = Array.from({ length: row.renders }, () => visitor.render());
      const called = row.withTabs ? visitor.callFromTabs() : [];
      counts.outcomes.push(...(await Promise.all(asked)), ...(await called));
      const took = (performance.now() - startedAt) / 1000;
      counts.lived += 1;
      counts.ended += 1 + Math.floor(took / seconds);
      next = earlySeconds + Math.max(LEAST_SECONDS, Math.ceil(2 * took));
    });
  }
  return counts;
}

async function play(deployment: PageDeployment, row: LivesRow, lives: number): Promise<Played> {
  const { name, upstream, earlySeconds } = deployment;
  upstream.reset();
  upstream.setOptions({ accessTtlSeconds: earlySeconds + LEAST_SECONDS });
  deployment.serve(row.instances);
  const visitor = deployment.visitor();
  try {
    await visitor.login('ada');
    const before = await visitor.render();
    if (before.kind !== 'answered') throw new Error(`${name}: no login (${JSON.stringify(before)}).`);
    const earlierRefreshes = upstream.stats().refreshCalls;
    const { outcomes, lived, ended } = await live({ deployment, visitor, row, lives });
    const { refreshCalls, familiesRevoked, maxPresentations, reuseDetections } = upstream.stats();
    const refreshes = refreshCalls - earlierRefreshes;
    const after = { session: await visitor.session(), call: await visitor.call() };
    const pass =
      after.session.who === 'ada' &&
      after.call.kind === 'answered' &&
      after.call.who === 'ada' &&
      !after.session.error &&
      lived === lives &&
      refreshes <= ended &&
      maxPresentations <= 1 &&
      reuseDetections + familiesRevoked === 0 &&
      outcomes.every(({ kind }) => kind === 'answered');
    const seen = { refreshes, familiesRevoked, outcomes, after, lives: { lived, of: lives } };
    return { deployment: name, scenario: row.name, ...seen, pass };
  } finally {
    visitor.close();
  }
}

/** Plays a row in every deployment: they wait for the end of their tokens together, and render in turn. */
async function playRow(deployments: readonly PageDeployment[], row: LivesRow, lives: number) {
  const played = await Promise.all(deployments.map((deployment) => play(deployment, row, lives)));
  const marks = played.map((one) => `${one.deployment} ${one.pass ? 1 : 0}/1`);
  console.log(`${row.name.padEnd(18)} ${marks.join('   ')}`);
  return played;
}

/** Plays every row once. */
export async function livesOf(deployments: readonly PageDeployment[], lives: number): Promise<Played[]> {
  const all: Played[] = [];
  for (const row of LIVES_ROWS) all.push(...(await playRow(deployments, row, lives)));
  return all;
}

/** Plays five lives with one render in each; says in words whose session was kept. */
export async function oneAtATime(deployments: readonly PageDeployment[]): Promise<string> {
  const played = await playRow(deployments, ONE_AT_A_TIME, 5);
  const kept = played.filter(({ pass }) => pass).map(({ deployment }) => deployment);
  const lost = played.filter(({ pass }) => !pass);
  const losers = lost.map(({ deployment, lives }) => `${deployment} (in life ${lives?.lived})`);
  return `**One render at a time**, over five token lives and with one instance, is kept by ${kept.join(', ')}${losers.length > 0 ? `, and lost by ${losers.join(', ')}` : ''}.`;
}
