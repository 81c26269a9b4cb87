import { existsSync } from 'node:fs';
import { readSettings } from '../server/settings/fromEnv.ts';
import { leaveFor, loadEnvFiles, port } from './environment.ts';

loadEnvFiles();
// Next reads these; the signals are ours: see server/ops/shutdown.ts.
Object.assign(process.env, {
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_MANUAL_SIG_HANDLE: '1',
  ...process.env,
  NODE_ENV: 'production',
});
try {
  readSettings(process.env);
} catch (error) {
  leaveFor(error);
}
if (!existsSync('.next/BUILD_ID')) leaveFor('There is no production build yet: run `npm run build` first.');

// Only now: Next and React read NODE_ENV when they are loaded.
const { serveApp } = await import('../server/adapters/frontDoor.ts');
const hostname = process.env['HOSTNAME_TO_BIND'] || undefined;
await serveApp({ port: Number(port()), hostname, dir: process.cwd() }).catch(leaveFor);
