import { existsSync } from 'node:fs';
import { isSettingsError } from '../server/settings/fromEnv.ts';

/** Reads `.env.local` and `.env`; what the environment says already stays. */
export function loadEnvFiles(): void {
  for (const file of ['.env.local', '.env']) if (existsSync(file)) process.loadEnvFile(file);
}

export function port(): string {
  return process.env['PORT'] ?? '3000';
}

/**
 * Prints what a person can do about wrong settings, and ends the process. Of other errors it prints no message: that may
 * quote a setting.
 */
export function leaveFor(problem: unknown): never {
  const { name = typeof problem, code = '' } = (problem ?? {}) as { name?: string; code?: string };
  const text = typeof problem === 'string' ? problem : `The app cannot start: ${name} ${code}`;
  console.error(
    isSettingsError(problem) ? `\n${problem.message}\n\n.env.example lists every variable.\n` : text,
  );
  process.exit(1);
}
