import { exitOf, port, prepare } from './app.ts';
import { runNextReadably } from './readable.ts';

const { upstream, env } = await prepare('dev', 'development');

console.log(`
  Reseal, with hot reload: http://localhost:${port()}
  Upstream                 ${env['UPSTREAM_URL']}${upstream ? ' (embedded; ada / lovelace, grace / hopper; access tokens live 10 s)' : ''}
`);
const code = await exitOf(runNextReadably(['dev', '-H', '127.0.0.1', '-p', port()], env));
await upstream?.close();
process.exit(code);
