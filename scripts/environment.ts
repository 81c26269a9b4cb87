import { existsSync } from 'node:fs';
import { SettingsError } from '../server/settings/fromEnv.ts';

/** Reads `.env.local` and `.env`; what the environment says already stays. */
export function loadEnvFiles(): void {
  for (const file of ['.env.local', '.env']) if (existsSync(file)) process.loadEnvFile(file);
}

export function port(): string {
  return process.env['PORT'] ?? '3000';
}

/** Prints what a person can do about wrong settings, and leaves. */
export function leaveFor(error: unknown): never {
  console.error(
    error instanceof SettingsError ? `\n${error.message}\n\n.env.example lists every variable.\n` : error,
  );
  process.exit(1);
}
