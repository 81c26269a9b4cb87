import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { provisionReal } from './provisionReal.ts';
import { figuresTable, readNotes, type RealResults } from './realFigures.ts';

const RESULTS = '.reseal/test-results';

export interface RealTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs the built app before and behind software that other people wrote; what cannot be installed is skipped, loudly. */
export function testReal(): RealTally {
  mkdirSync(RESULTS, { recursive: true });
  const file = `${RESULTS}/real.json`;
  const notes = `${RESULTS}/real-figures.jsonl`;
  for (const old of [file, notes]) rmSync(old, { force: true });
  const missing = provisionReal();
  if (!existsSync('.next/BUILD_ID')) spawnSync(process.execPath, ['scripts/build.ts'], { stdio: 'inherit' });
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/jest/bin/jest.js',
      '-c',
      '__tests__/real/jest.config.js',
      '--json',
      '--forceExit',
      `--outputFile=${file}`,
    ],
    { stdio: 'inherit', env: { ...process.env, REAL_MISSING: missing.join() } },
  );
  if (missing.length > 0)
    console.warn(
      `\nSKIPPED: ${missing.length} of the real services could not be installed: ${missing.join(', ')}.`,
    );
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number> & RealResults;
  console.log(`\n${figuresTable(readNotes(notes), result)}`);
  const failed = (result['numFailedTests'] ?? 0) + (result['numRuntimeErrorTestSuites'] ?? 0);
  return {
    passed: result['numPassedTests'] ?? 0,
    failed: Math.max(failed, status === 0 ? 0 : 1),
    skipped: result['numPendingTests'] ?? 0,
  };
}

if (import.meta.main) {
  const { passed, failed, skipped } = testReal();
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed === 0 ? 0 : 1);
}
