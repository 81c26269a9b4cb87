import { execFile } from 'node:child_process';

/** A key that the doctor finds nothing wrong with. */
export const GOOD_KEY = 'kJ8s0Zq2Wm4Xv6Yb1Nc3Fd5Gh7Pt9RuE';

/** Runs the doctor as `npm run doctor` does; answers its lines and its exit code. */
export function doctor(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  return new Promise<{ code: number; text: string }>((resolve) => {
    execFile(
      'node',
      ['scripts/doctor.ts', ...args],
      {
        env: {
          PATH: process.env['PATH'] ?? '',
          UPSTREAM_PATHS: '/notes',
          SESSION_PASSWORD: GOOD_KEY,
          APP_URL: 'https://app.example',
          ...env,
        } as unknown as NodeJS.ProcessEnv,
      },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
  });
}
