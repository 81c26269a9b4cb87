import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** First-load JavaScript per page in KB gzip, polyfills for old browsers left out: they are `nomodule`. */
const BUDGET_KB: Readonly<Record<string, number>> = {
  '/': 185,
  '/login': 185,
  '/notes': 190,
  '/session': 185,
  '/lab': 195,
};

interface BuildManifest {
  readonly pages: Readonly<Record<string, readonly string[]>>;
  readonly rootMainFiles?: readonly string[];
}

const manifest = JSON.parse(readFileSync('.next/build-manifest.json', 'utf8')) as BuildManifest;
let failed = false;
for (const [page, budgetKb] of Object.entries(BUDGET_KB)) {
  const files = new Set([...(manifest.pages['/_app'] ?? []), ...(manifest.pages[page] ?? [])]);
  const scripts = [...files].filter((file) => file.endsWith('.js'));
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(`.next/${file}`)).length, 0);
  const kb = bytes / 1000;
  const isOver = scripts.length === 0 || kb > budgetKb;
  failed ||= isOver;
  console.log(`${isOver ? 'OVER ' : 'ok   '} ${page.padEnd(10)} ${kb.toFixed(1)} KB gzip of ${budgetKb}`);
}
process.exit(failed ? 1 : 0);
