import { readSettings } from '../server/env.ts';
import {
  embeddedEnvironment,
  exitOf,
  leaveFor,
  loadEnvFiles,
  port,
  runNext,
  startEmbeddedUpstream,
} from './app.ts';

loadEnvFiles();
const upstream = await startEmbeddedUpstream('dev');
const env = embeddedEnvironment(upstream);
try {
  readSettings({ ...env, NODE_ENV: 'development' });
} catch (error) {
  leaveFor(error);
}

console.log(`
  Reseal, with hot reload: http://localhost:${port()}
  Upstream                 ${env['UPSTREAM_URL']}${upstream ? ' (embedded; ada / lovelace, grace / hopper; access tokens live 10 s)' : ''}
`);
const code = await exitOf(runNext(['dev', '-H', '127.0.0.1', '-p', port()], env));
await upstream?.close();
process.exit(code);
