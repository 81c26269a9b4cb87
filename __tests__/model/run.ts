import fc from 'fast-check';
import { histories, type Emphasis, type History } from './histories.ts';
import type { Ledger, Rule } from './ledger.ts';
import { live as liveTruly } from './simulation.ts';

type Live = (history: History, isTold?: boolean) => Promise<Ledger>;

export interface Tally {
  readonly histories: number;
  readonly ms: number;
  /** Histories that break a rule, and the first of them. */
  readonly broken: Map<Rule, { count: number; readonly first: number }>;
  readonly excused: Map<string, number>;
  readonly failed: number;
}

export interface Order {
  readonly seed: number;
  readonly runs: number;
  readonly emphasis?: Emphasis;
  readonly live?: Live;
  /** Which rules count as failed; all, where nothing is said. */
  readonly counting?: readonly Rule[];
  /** Stops once this many histories have broken a rule. */
  readonly enough?: number;
  readonly progress?: (done: number) => void;
}

const BATCH = 500;

/** The history that stands at `index` of a seed: the same for every number of runs. */
export function historyAt(seed: number, index: number, emphasis?: Emphasis): History {
  const batch = Math.floor(index / BATCH);
  return fc.sample(histories(emphasis), { seed: seed + batch, numRuns: (index % BATCH) + 1 }).at(-1)!;
}

/** Runs histories and counts which rules they break. */
export async function tally({
  seed,
  runs,
  emphasis,
  live = liveTruly,
  counting = [],
  enough = Infinity,
  progress,
}: Order): Promise<Tally> {
  const startedAtMs = performance.now();
  const broken: Tally['broken'] = new Map();
  const excused: Tally['excused'] = new Map();
  let done = 0;
  let failed = 0;
  for (let batch = 0; done < runs && failed < enough; batch += 1) {
    const numRuns = Math.min(BATCH, runs - done);
    for (const history of fc.sample(histories(emphasis), { seed: seed + batch, numRuns })) {
      const ledger = await live(history);
      for (const rule of new Set(ledger.violations.map((one) => one.rule))) {
        const entry = broken.get(rule);
        if (entry) entry.count += 1;
        else broken.set(rule, { count: 1, first: done });
      }
      for (const name of ledger.excused.keys()) excused.set(name, (excused.get(name) ?? 0) + 1);
      if (ledger.violations.some(({ rule }) => counting.length === 0 || counting.includes(rule))) failed += 1;
      done += 1;
      if (failed >= enough) break;
    }
    progress?.(done);
  }
  return { histories: done, ms: performance.now() - startedAtMs, broken, excused, failed };
}

/** Takes steps out of a history, and time, for as long as it goes on to break the rule. */
export async function shrink(history: History, rule: Rule, live: Live = liveTruly): Promise<History> {
  const breaks = async (candidate: History) =>
    (await live(candidate)).violations.some((violation) => violation.rule === rule);
  let best = history;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of smaller(best)) {
      if (!(await breaks(candidate))) continue;
      best = candidate;
      isSmaller = true;
      break;
    }
  }
  return best;
}

function* smaller({ setup, steps }: History): Generator<History> {
  for (let size = Math.floor(steps.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let from = 0; from < steps.length; from += size)
      yield { setup, steps: steps.filter((_, index) => index < from || index >= from + size) };
  if (setup.instances > 1) yield { setup: { ...setup, instances: setup.instances - 1 }, steps };
  if (setup.tabs > 1) yield { setup: { ...setup, tabs: setup.tabs - 1 }, steps };
  if (setup.hasSecondBrowser) yield { setup: { ...setup, hasSecondBrowser: false }, steps };
  if (setup.says !== 'truth') yield { setup: { ...setup, says: 'truth' }, steps };
  if (setup.seed > 0) yield { setup: { ...setup, seed: 0 }, steps };
  for (const [index, step] of steps.entries()) {
    if (step.do === 'request' && step.count > 1)
      yield { setup, steps: steps.with(index, { ...step, count: 1 }) };
    if (step.afterMs > 0) yield { setup, steps: steps.with(index, { ...step, afterMs: 0 }) };
    if (step.afterMs > 1000) yield { setup, steps: steps.with(index, { ...step, afterMs: 1000 }) };
  }
}
