import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { table } from '../lib/report.ts';
import { number } from '../lib/stats.ts';

const root = `${import.meta.dirname}/../..`;

async function bundle(entry: string, external: readonly string[]) {
  const { outputFiles } = await build({
    entryPoints: [`${root}/${entry}`],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: [...external],
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    write: false,
  });
  const bytes = outputFiles[0]!.contents;
  return { minified: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

export async function sizes() {
  const engine = await bundle('interceptors/reauth.ts', ['axios']);
  const ours = await bundle('store/demo/createApp.ts', [
    'axios',
    '@reduxjs/toolkit',
    '@reduxjs/toolkit/query',
    '@reduxjs/toolkit/query/react',
    'react-redux',
    'react',
  ]);
  const app = await bundle('store/demo/createApp.ts', ['axios', 'react', 'react-dom']);
  return { engine, ours, app };
}

export function sizeTable({ engine, ours, app }: Awaited<ReturnType<typeof sizes>>): string {
  const kb = (bytes: number) => `${number(bytes / 1000)} kB`;
  const row = (what: string, { minified, gzip }: { minified: number; gzip: number }) => [
    what,
    kb(minified),
    kb(gzip),
  ];
  const minus = (a: typeof app, b: typeof app) => ({
    minified: a.minified - b.minified,
    gzip: a.gzip - b.gzip,
  });
  return table(
    ['bytes, axios not counted', 'minified', 'gzip'],
    [
      row('the engine alone', engine),
      row('what our store and services add (`createApp`, Redux Toolkit not counted)', minus(ours, engine)),
      row('what Redux Toolkit with RTK Query adds', minus(app, ours)),
      row('all together', app),
    ],
  );
}
