import { accessTtlSeconds, exitOf, nextCommand, prepare, untilServing } from './app.ts';
import { port } from './environment.ts';
import { runReadably } from './readable.ts';

const { upstream, env } = await prepare('dev', 'development');

const ended = exitOf(runReadably(nextCommand('dev', '-H', '127.0.0.1', '-p', port()), env));
const isServing = await Promise.race([untilServing(), ended.then(() => false)]);
if (isServing)
  console.log(`
  Reseal, with hot reload   http://localhost:${port()}
  Upstream                  ${env['UPSTREAM_URL']}${
    upstream
      ? ` (embedded)\n  Sample users              ada / lovelace   and   grace / hopper\n  Access tokens             live ${accessTtlSeconds()} seconds`
      : ''
  }
  Ctrl+C stops it.
`);
const code = await ended;
await upstream?.close();
process.exit(code);
