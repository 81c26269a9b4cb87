/**
 * Runs many histories of the model: `node __tests__/model/many.ts [runs] [seed] [stepUp]`, 100,000 from seed 1 where nothing is
 * said. Outside Jest a history takes 10 ms instead of 60.
 */
import { tally } from './run.ts';
import { steppingUp } from './stepUp.ts';

const [runs = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const progress = (done: number) => process.stderr.write(`${done} of ${runs}\r`);
const { ms, broken, excused } = await tally({
  seed,
  runs,
  progress,
  ...(process.argv[4] === 'stepUp' && { emphasis: steppingUp }),
});
console.log(
  JSON.stringify({
    runs,
    seed,
    seconds: Math.round(ms / 1000),
    violations: Object.fromEntries(broken),
    allowed: Object.fromEntries(excused),
  }),
);
process.exitCode = broken.size === 0 ? 0 : 1;
