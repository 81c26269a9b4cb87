import type { ChildProcess } from 'node:child_process';
import pretty from 'pino-pretty';
import { runNode } from './app.ts';

/**
 * Runs a script for a person who reads along: what the app logs as JSON is shown as sentences.
 *
 * Apart from `app.ts`, because `npm start` runs without the development dependencies.
 */
export function runReadably(command: readonly string[], env: Record<string, string>): ChildProcess {
  const colorize = process.stdout.isTTY;
  const child = runNode(command, { ...(colorize ? { FORCE_COLOR: '1' } : {}), ...env }, 'pipe');
  child.stdout?.pipe(pretty({ colorize, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss' }));
  return child;
}
