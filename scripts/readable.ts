import type { ChildProcess } from 'node:child_process';
import pretty from 'pino-pretty';
import { runNext } from './app.ts';

/**
 * Runs a Next command for somebody who reads along: what the app logs as JSON is shown as sentences.
 *
 * Apart from `app.ts`, because `npm start` runs without the development dependencies.
 */
export function runNextReadably(args: readonly string[], env: Record<string, string>): ChildProcess {
  const colorize = process.stdout.isTTY;
  const child = runNext(args, { ...(colorize ? { FORCE_COLOR: '1' } : {}), ...env }, 'pipe');
  child.stdout?.pipe(pretty({ colorize, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss' }));
  return child;
}
