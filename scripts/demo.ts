import { accessTtlSeconds, exitOf, port, prepare, runNext, untilServing } from './app.ts';
import { runNextReadably } from './readable.ts';

const { upstream, env: given } = await prepare('demo', 'production');
const env: Record<string, string> = { ...given, NODE_ENV: 'production', NEXT_MANUAL_SIG_HANDLE: '1' };

console.log('Building the app for production…');
const built = await exitOf(runNext(['build'], env));
if (built !== 0) process.exit(built);

const ended = exitOf(runNextReadably(['start', '-H', '127.0.0.1', '-p', port()], env));
const isServing = await Promise.race([untilServing(), ended.then(() => false)]);
if (isServing)
  console.log(`
  Reseal is at   http://localhost:${port()}
  ${upstream ? `Sample users   ada / lovelace   and   grace / hopper\n  Access tokens  live ${accessTtlSeconds()} seconds` : `Upstream       ${env['UPSTREAM_URL']}`}

  Try this: log in, open /lab, wait past the expiry, send a burst of 50.
  The summary says: 50 succeeded, 0 failed, 1 refreshes. Ctrl+C stops it.
`);
const code = await ended;
await upstream?.close();
process.exit(code);
