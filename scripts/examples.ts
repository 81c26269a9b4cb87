import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What came of the examples' tests. */
export interface ExamplesTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Every example by its folder. */
export const examples: readonly string[] = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join('examples', entry.name, 'package.json')))
  .map(({ name }) => name);

/**
 * Installs the examples together, in a folder outside of this repository: what an example lacks is not found above it.
 *
 * The lockfile of this repository goes along, so that what both use has the same version in both.
 */
export function install(base: string): void {
  execFileSync(process.execPath, ['scripts/package.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const isSource = (path: string) => !/\/(node_modules|\.next|dist|\.reseal)(\/|$)/.test(path);
  cpSync('examples', join(base, 'examples'), { recursive: true, filter: (path) => isSource(`/${path}`) });
  cpSync('.reseal', join(base, '.reseal'), {
    recursive: true,
    filter: (path) => path === '.reseal' || path.endsWith('.tgz'),
  });
  const app = join(base, 'examples');
  cpSync('package-lock.json', join(app, 'package-lock.json'));
  cpSync('.npmrc', join(app, '.npmrc'));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: app,
    stdio: 'inherit',
  });
}

function npm(
  args: readonly string[],
  cwd: string,
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: environment,
    timeout: 300_000,
  });
  return { status, output: stdout + stderr };
}

const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_OPTIONS: '' };

/** Builds and tests one example; prints what failed. */
function testExample(folder: string): ExamplesTally {
  const built = npm(['run', '--if-present', 'build'], folder);
  if (built.status !== 0) {
    console.log(built.output);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { status, output } = npm(['test', '--', '--test-reporter=tap'], folder);
  const count = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  if (status !== 0) console.log(output);
  const [passed, skipped] = [count('pass'), count('skipped')];
  // A run without any test is no success.
  const failed = Math.max(count('fail'), status === 0 && passed + skipped > 0 ? 0 : 1);
  return { passed, failed, skipped };
}

/** Installs the package into every example, builds them, and runs their tests against the built servers. */
export function testExamples(names: readonly string[] = examples): ExamplesTally {
  const startedAt = performance.now();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const base = mkdtempSync(join(tmpdir(), 'reseal-examples-'));
  try {
    install(base);
    console.log(`examples: packed and installed (${seconds(startedAt)})`);
    const checkedAt = performance.now();
    const types = npm(['exec', '--', 'tsc', '-p', '.'], join(base, 'examples'));
    console.log(
      `examples: types ${types.status === 0 ? 'ok' : `FAILED\n${types.output}`} (${seconds(checkedAt)})`,
    );
    if (types.status !== 0) sum.failed += 1;
    for (const name of names) {
      const beganAt = performance.now();
      const { passed, failed, skipped } = testExample(resolve(base, 'examples', name));
      const rest = skipped > 0 ? `, ${skipped} skipped` : '';
      console.log(`examples/${name}: ${passed} passed, ${failed} failed${rest} (${seconds(beganAt)})`);
      sum.passed += passed;
      sum.failed += failed;
      sum.skipped += skipped;
    }
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    sum.failed += 1;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
  if (sum.skipped > 0) console.warn('SKIPPED: tests of the examples, because there is no chromium.');
  console.log(`the examples took ${seconds(startedAt)}`);
  return sum;
}

if (import.meta.main) {
  const named = process.argv.slice(2);
  const { passed, failed, skipped } = testExamples(named.length > 0 ? named : examples);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed === 0 ? 0 : 1);
}
