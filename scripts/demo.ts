import { accessTtlSeconds, exitOf, prepare, runNode, untilServing } from './app.ts';
import { port } from './environment.ts';
import { runReadably } from './readable.ts';

const { upstream, env: given } = await prepare('demo', 'production');
const env: Record<string, string> = { ...given, NODE_ENV: 'production', HOSTNAME_TO_BIND: '127.0.0.1' };

console.log('Building the app for production…');
const built = await exitOf(runNode(['scripts/build.ts'], env));
if (built !== 0) process.exit(built);

const ended = exitOf(runReadably(['scripts/start.ts'], env));
const isServing = await Promise.race([untilServing(), ended.then(() => false)]);
if (isServing)
  console.log(`
  Reseal is at   http://localhost:${port()}
  ${upstream ? `Sample users   ada / lovelace   and   grace / hopper\n  Access tokens  live ${accessTtlSeconds()} seconds` : `Upstream       ${env['UPSTREAM_URL']}`}

  Try this: log in, open /lab, press "Expire and send 50".
  The summary says: 50 succeeded, 0 failed, 1 refresh. Ctrl+C stops it.
`);
const code = await ended;
await upstream?.close();
process.exit(code);
