import { build } from 'esbuild';
import { exitOf, nextCommand, runNode } from './app.ts';

/*
 * Builds the app for production, and with it the server of `npm start` as one file, `.next/standalone/start.js`: beside
 * it lie the few packages that Next traced, so that an image needs no `npm ci`. See the Dockerfile.
 */
const env = { NEXT_TELEMETRY_DISABLED: '1', ...process.env, NODE_ENV: 'production' };
const code = await exitOf(runNode(nextCommand('build'), env));
if (code !== 0) process.exit(code);

await build({
  entryPoints: ['scripts/start.ts'],
  outfile: '.next/standalone/start.js',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Next finds its own files by their place.
  external: ['next'],
  // CommonJS packages in it call `require` for modules of Node.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'error',
});
