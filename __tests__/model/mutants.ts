/**
 * Leaves each rule of the protocol out once and counts what breaks: `node __tests__/model/mutants.ts [name…]`, where `none`
 * leaves out none. `RUNS` histories each from `SEED`; `ENOUGH` stops a mutant after so many violations; `ALL=1` takes
 * histories of all kinds instead of those in which the rule matters.
 */
import { mutations, type Mutation } from './mutations.ts';
import { tally } from './run.ts';
import { liveIn } from './variants.ts';

const env = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
const runs = env('RUNS', 1000);
const seed = env('SEED', 1);
const enough = env('ENOUGH', Infinity);
const chosen = process.argv.slice(2);
/** Room for ten thousand sessions costs half of a history that has three. */
const trimmed = [
  { file: 'server/session/cookies.ts', from: 'OPENED_SEALS = 10_000', to: 'OPENED_SEALS = 100' },
];
const none: Mutation = { name: 'none', rule: 'every rule is kept', edits: [], breaks: [], emphasis: {} };

const wanted = [none, ...mutations].filter(({ name }) =>
  chosen.length > 0 ? chosen.includes(name) : name !== 'none',
);
let missed = 0;
for (const { name, rule, edits, breaks, emphasis } of wanted) {
  const live = await liveIn(name, [...trimmed, ...edits]).catch((error: Error) => error.message);
  if (typeof live === 'string') {
    // The product was rewritten there: the mutation wants to be, too.
    console.log(JSON.stringify({ name, rule, found: false, stale: live }));
    missed += 1;
    continue;
  }
  const progress = (done: number) => process.stderr.write(`${name}: ${done} of ${runs}\r`);
  const order = {
    seed,
    runs,
    live,
    enough,
    counting: breaks,
    progress,
    ...(process.env['ALL'] ? {} : { emphasis }),
  };
  const { histories, ms, broken, excused, failed } = await tally(order);
  const found = breaks.length === 0 || breaks.some((what) => broken.has(what));
  if (!found) missed += 1;
  console.log(
    JSON.stringify({
      name,
      rule,
      found,
      histories,
      seconds: Math.round(ms / 100) / 10,
      per100k: Math.round((failed * 100_000) / histories),
      broken: Object.fromEntries([...broken].map(([what, { count, first }]) => [what, { count, first }])),
      ...(name === 'none' ? { allowed: Object.fromEntries(excused) } : {}),
    }),
  );
}
process.exitCode = missed === 0 ? 0 : 1;
