#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { DOORS } from './detect.ts';
import { init } from './init.ts';

const USAGE = `Usage: reseal init [--door NAME] [--dry-run]

Writes what the app in this folder needs for Reseal. It overwrites nothing.

  --door NAME  ${Object.keys(DOORS).join(', ')}; found by package.json if left out
  --dry-run    says what would be written, and writes nothing
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      door: { type: 'string' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) process.stdout.write(USAGE);
  else if (positionals.join() !== 'init') {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  } else {
    const lines = init(process.cwd(), { door: values.door, dryRun: values['dry-run'] });
    process.stdout.write(`${lines.join('\n')}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
