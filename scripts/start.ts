import { existsSync } from 'node:fs';
import { fromEnv } from '../server/settings/fromEnv.ts';
import { exitOf, leaveFor, loadEnvFiles, port, runNext } from './app.ts';

loadEnvFiles();
// The signals are ours: see server/ops/shutdown.ts.
const env = {
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_MANUAL_SIG_HANDLE: '1',
  ...process.env,
  NODE_ENV: 'production',
};
try {
  fromEnv(env);
} catch (error) {
  leaveFor(error);
}
if (!existsSync('.next/BUILD_ID')) leaveFor('There is no production build yet: run `npm run build` first.');

const host = process.env['HOSTNAME_TO_BIND'];
process.exit(await exitOf(runNext(['start', '-p', port(), ...(host ? ['-H', host] : [])], env)));
