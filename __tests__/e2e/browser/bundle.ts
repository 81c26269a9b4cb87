import { buildSync } from 'esbuild';

const [file] = buildSync({
  entryPoints: ['__tests__/e2e/browser/engineInPage.ts'],
  bundle: true,
  write: false,
  format: 'iife',
  target: 'es2022',
}).outputFiles;

/** The engine and axios as one script, to be evaluated in a page. */
export const engineBundle = file?.text ?? '';
