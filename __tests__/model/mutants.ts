/**
 * Leaves each rule of the protocol out once and counts what breaks: `node __tests__/model/mutants.ts [name…]`, with `RUNS`
 * (histories each), `SEED`, `ENOUGH` (stop a mutant after so many violations), `ALL=1` (histories of all kinds instead of
 * those in which the rule matters).
 */
import { mutations } from './mutations.ts';
import { tally } from './run.ts';
import { liveIn } from './variants.ts';

const env = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
const runs = env('RUNS', 1000);
const seed = env('SEED', 1);
const enough = env('ENOUGH', Infinity);
const chosen = process.argv.slice(2);

let missed = 0;
for (const { name, rule, edits, breaks, emphasis } of mutations) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const live = await liveIn(name, edits).catch((error: Error) => error.message);
  if (typeof live === 'string') {
    // The product was rewritten there: the mutation wants to be, too.
    console.log(JSON.stringify({ name, rule, found: false, stale: live }));
    missed += 1;
    continue;
  }
  const result = await tally({ seed, runs, live, enough, ...(process.env['ALL'] ? {} : { emphasis }) });
  const broken = [...result.broken].map(([what, { count }]) => `${what} ${count}`).join(', ');
  const found = breaks.length === 0 || breaks.some((what) => result.broken.has(what));
  if (!found) missed += 1;
  const per100k = Math.round((result.failed * 100_000) / result.histories);
  console.log(
    JSON.stringify({
      name,
      rule,
      found,
      histories: result.histories,
      seconds: Math.round(result.ms / 100) / 10,
      per100k,
      broken,
    }),
  );
}
process.exitCode = missed === 0 ? 0 : 1;
