import fc from 'fast-check';
import { importVariant, type Edit } from '../model/variants.ts';
import type { histories, live } from './engineHistories.ts';

/**
 * Leaves each rule of the engine out once and reports whether the random histories notice:
 * `node __tests__/interceptors/engineMutants.ts [name…]`. `RUNS` histories at most for each, from `SEED`.
 */
export interface EngineMutant {
  readonly name: string;
  /** The rule that is left out. */
  readonly rule: string;
  readonly edits: readonly Edit[];
}

const exchange = 'interceptors/axios/exchange.ts';
const machine = 'interceptors/refreshMachine.ts';

export const engineMutants: readonly EngineMutant[] = [
  {
    name: 'second-replay',
    rule: 'the 401 of a replay may ask for another refresh',
    edits: [{ file: exchange, from: '(mayReplay && isNews(engine, sent, version))', to: 'false' }],
  },
  {
    name: 'known-life',
    rule: 'a 401 about a token that outlived its known life asks again',
    edits: [{ file: machine, from: '(isOver || ', to: '(' }],
  },
  {
    name: 'unknown-life',
    rule: 'a 401 about a token that another tab obtained asks again',
    edits: [{ file: exchange, from: ': state.session.id !== null;', to: ': false;' }],
  },
  {
    name: 'replay-bound',
    rule: 'a request is replayed eight times at most',
    edits: [{ file: exchange, from: 'replays < REPLAYS && ', to: '' }],
  },
  {
    name: 'wake',
    rule: 'a refresh in another tab ends a pause at once',
    edits: [
      {
        file: 'interceptors/reauth.ts',
        from: 'if (hint?.version !== previous?.version) engine.wake?.();',
        to: '',
      },
    ],
  },
  {
    name: 'snapshot',
    rule: 'a body is copied before it can change',
    edits: [{ file: exchange, from: 'config.data = snapshot(config.data);', to: '' }],
  },
  {
    name: 'order',
    rule: 'replays leave in the order of sending',
    edits: [{ file: machine, from: '.sort((a, b) => a - b)', to: '' }],
  },
];

/** Runs the histories over one mutant; returns the first promise that broke, or `null`. */
export async function findMutant(
  { name, edits }: EngineMutant,
  seed: number,
  numRuns: number,
): Promise<string | null> {
  const variant = await importVariant<{ histories: typeof histories; live: typeof live }>(
    name,
    edits,
    '../interceptors/engineHistories.ts',
  );
  let broken: string | null = null;
  const property = fc.asyncProperty(variant.histories, async (history) => {
    [broken = null] = await variant.live(history);
    return broken === null;
  });
  const { failed } = await fc.check(property, { seed, numRuns, endOnFailure: true });
  return failed ? (broken ?? 'an exception') : null;
}

if (process.argv[1] === import.meta.filename) {
  const chosen = process.argv.slice(2);
  const runs = Number(process.env['RUNS'] ?? 5000);
  const seed = Number(process.env['SEED'] ?? 1);
  for (const mutant of engineMutants.filter(({ name }) => !chosen.length || chosen.includes(name))) {
    const found = await findMutant(mutant, seed, runs).catch((error: Error) => `stale: ${error.message}`);
    console.log(JSON.stringify({ name: mutant.name, rule: mutant.rule, found }));
    if (found === null || found.startsWith('stale')) process.exitCode = 1;
  }
}
