import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { provision } from './provision.ts';

const RESULTS = '.reseal/test-results';

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function run(args: readonly string[], env: Record<string, string> = {}): number {
  return spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;
}

function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

/** A run that left no results failed as a whole. */
const FAILED: Tally = { passed: 0, failed: 1, skipped: 0 };

function jest(): Tally {
  const file = `${RESULTS}/jest.json`;
  // Every suite that passes closes what it started, and ends by itself. A test that fails or times out half-way may
  // leave a server or a Redis open, for which Jest would wait for ever: the run comes to its end all the same.
  const status = run(['node_modules/jest/bin/jest.js', '--json', '--forceExit', `--outputFile=${file}`]);
  const result = readJson<{
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numRuntimeErrorTestSuites: number;
  }>(file);
  if (!result) return FAILED;
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: Math.max(failed, status === 0 ? 0 : 1),
    skipped: result.numPendingTests,
  };
}

function browser(): Tally {
  const file = `${RESULTS}/playwright.json`;
  const status = run(['node_modules/@playwright/test/cli.js', 'test'], { PLAYWRIGHT_JSON_OUTPUT_FILE: file });
  const stats = readJson<{ stats: { expected: number; unexpected: number; flaky: number; skipped: number } }>(
    file,
  )?.stats;
  if (!stats) return FAILED;
  const failed = stats.unexpected + stats.flaky;
  return { passed: stats.expected, failed: Math.max(failed, status === 0 ? 0 : 1), skipped: stats.skipped };
}

/** Provisions, builds, and runs every test; the last line counts them. */
export async function testAll(): Promise<Tally> {
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const { chromium, redisServer } = await provision();
  console.log('Building the app that the browser meets…');
  if (run(['scripts/build.ts']) !== 0) return FAILED;
  const tallies = [jest(), ...(chromium ? [browser()] : [])];
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  if (!redisServer)
    console.warn(
      '\nSKIPPED: the Redis tests, because there is no redis-server. `npm run provision` says more.',
    );
  if (!chromium)
    console.warn(
      '\nSKIPPED: every browser test, because there is no chromium. `npm run provision` says more.',
    );
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

if (import.meta.main) {
  const { passed, failed, skipped } = await testAll();
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed === 0 ? 0 : 1);
}
