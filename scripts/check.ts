import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { testExamples } from './examples.ts';
import { testAll } from './test.ts';
import { testReal } from './testReal.ts';

/** The steps beside the tests; the build is made by the tests, and the budget reads it. */
const STEPS = [
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.']],
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit']],
  ['docs site', ['scripts/docs.ts']],
  ['package', ['scripts/checkPackage.ts']],
] as const;

/** The benchmarks have packages of their own, which `npm run bench` installs: without them there is nothing to compile. */
const BENCH = existsSync('bench/node_modules')
  ? ([['types of the benchmarks', ['node_modules/typescript/bin/tsc', '-p', 'bench', '--noEmit']]] as const)
  : [];

const failures: string[] = [];

function step(name: string, args: readonly string[]): void {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  console.log(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) failures.push(name);
}

for (const [name, args] of [...STEPS, ...BENCH]) step(name, args);
const tests = await testAll();
const startedAt = performance.now();
const real = testReal();
console.log(`the real services took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
const examples = testExamples();
step('bundle budget', ['scripts/bundleBudget.ts']);

if (failures.length > 0) console.log(`\nFailed steps: ${failures.join(', ')}`);
const passed =
  tests.passed + real.passed + examples.passed + STEPS.length + BENCH.length + 1 - failures.length;
const failed = tests.failed + real.failed + examples.failed + failures.length;
const skipped = tests.skipped + real.skipped + examples.skipped;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
