import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeSummary } from './lib/summary.ts';

/**
 * `npm run bench [-- part…]`: measures one part or all, each in a process of its own; `npm run bench -- quick`: the front
 * door alone, in less than two minutes.
 *
 * A part is `bench/<part>.ts`. It saves its raw numbers in bench/results/ and rewrites its section of docs/bench.md.
 */
const PARTS = ['frontDoor', 'doors', 'load', 'engine', 'growth', 'stores', 'peers', 'footprint', 'instances'];

const here = import.meta.dirname;
/** `quick` measures the front door alone, and short, with the builds that are there; it writes to no document. */
const isQuick = process.argv[2] === 'quick';
const asked = isQuick ? ['frontDoor'] : process.argv.slice(2);
const parts = (asked.length > 0 ? asked : PARTS).filter((part) => {
  if (existsSync(`${here}/${part}.ts`)) return true;
  if (asked.length > 0) {
    console.error(`There is no bench "${part}". There are: ${PARTS.join(', ')}.`);
    process.exit(1);
  }
  return false;
});

install();
for (const part of parts) {
  console.log(`\n# ${part}\n`);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    ...(isQuick && { BENCH_QUICK: '1' }),
  };
  const { status } = spawnSync(process.execPath, [`${here}/${part}.ts`], { stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
if (!isQuick) writeSummary();

/** Installs the peers if they are not there in the versions of the lock file. */
function install(): void {
  const read = (file: string) => {
    try {
      return JSON.parse(readFileSync(`${here}/${file}`, 'utf8')) as {
        packages: Record<string, { version?: string; optional?: boolean }>;
      };
    } catch {
      return null;
    }
  };
  const locked = Object.entries(read('package-lock.json')?.packages ?? {});
  const installed = read('node_modules/.package-lock.json')?.packages;
  const isCurrent = locked.every(
    ([path, { version, optional }]) => path === '' || optional || installed?.[path]?.version === version,
  );
  if (isCurrent) return;
  const { status } = spawnSync('npm', ['ci'], { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
