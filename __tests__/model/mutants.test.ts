/**
 * @jest-environment node
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutations } from './mutations.ts';

const run = promisify(execFile);
const script = join(__dirname, 'mutants.ts');

interface Found {
  readonly name: string;
  readonly rule: string;
  readonly found: boolean;
  readonly stale?: string;
}

// Three rules double others: a flight beside a lease, a fresh answer beside the engine's second ask. To leave one out
// breaks nothing, which no number of histories proves.
const needed = mutations.filter(({ breaks }) => breaks.length > 0).map(({ name }) => name);

it('finds every rule that is left out', async () => {
  const env = {
    ...process.env,
    RUNS: process.env['RUNS'] ?? '400',
    SEED: process.env['SEED'] ?? '1',
    ENOUGH: '1',
  };
  const { stdout } = await run(process.execPath, [script, ...needed], { env }).catch(
    (error: { stdout: string }) => error,
  );
  const figures = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Found);
  expect(figures.map(({ name }) => name)).toEqual(needed);
  expect(figures.filter(({ found }) => !found)).toEqual([]);
}, 600_000);
