import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundleEntry } from '../../scripts/entryBundle.ts';
import { table } from '../lib/report.ts';
import { number } from '../lib/stats.ts';

const PACKAGE = resolve('.reseal/package');
/** What an app of such a framework has anyway, or chooses itself. */
const OF_THE_APP = ['react', 'react-dom', 'next', 'axios', '@reduxjs/toolkit', 'react-redux'];
/** What runs in a server or in tests, where size does not count. */
const NOT_IN_BROWSER = /\/(server|testing)(\/|$)/;
/** What the peers' pages import in `npm run bench -- peers`, and the other interceptors for axios. */
const PEERS = [
  'next-auth/react',
  'next-auth-5/react',
  '@auth0/nextjs-auth0',
  '@workos-inc/authkit-nextjs/components',
  'better-auth/react',
  'axios-auth-refresh',
];

export interface EntrySize {
  readonly entry: string;
  readonly ownKb: number;
  readonly files: number;
  /** With its dependencies; `null` where it has none beside those of the app, or runs in no browser. */
  readonly wholeKb: number | null;
}

const isOf = (name: string) => (path: string) => path === name || path.startsWith(`${name}/`);
const isOfTheApp = (path: string) => OF_THE_APP.some((name) => isOf(name)(path));
const packageOf = (entry: string) =>
  entry
    .split('/')
    .slice(0, entry.startsWith('@') ? 2 : 1)
    .join('/');

async function sizeOf(entry: string, folder: string): Promise<EntrySize> {
  const code = `export * from '${entry}'`;
  const isOwn = isOf(packageOf(entry));
  const platform = NOT_IN_BROWSER.test(entry) ? 'node' : 'browser';
  const own = await bundleEntry({ code, folder, platform, isOutside: (path) => !isOwn(path) });
  const size = { entry, ownKb: own.kb, files: own.files.length };
  // Of AuthKit a bundler for the browser takes out what Next runs on the server, and this one does not.
  if (platform === 'node' || entry.startsWith('@workos-inc/')) return { ...size, wholeKb: null };
  const whole = await bundleEntry({ code, folder, platform, isOutside: isOfTheApp });
  return { ...size, wholeKb: whole.kb };
}

/** Sizes of every entry of the package that `npm run package` makes, and of what the peers bring to a page. */
export async function entrySizes(): Promise<EntrySize[]> {
  const { exports } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, 'utf8')) as {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  const own = Object.keys(exports).filter((entry) => entry !== './package.json');
  const sizes: EntrySize[] = [];
  for (const entry of own) sizes.push(await sizeOf(`reseal${entry.slice(1)}`, PACKAGE));
  for (const entry of PEERS) sizes.push(await sizeOf(entry, resolve('bench')));
  return sizes;
}

export const sizesTable = (all: readonly EntrySize[]): string =>
  table(
    ['entry', 'own code, KB gzip', 'files', 'with its dependencies, KB gzip'],
    all.map(({ entry, ownKb, files, wholeKb }) => [
      entry.startsWith('reseal') ? `**${entry}**` : entry.replace('next-auth-5/', 'next-auth 5, next-auth/'),
      number(ownKb, 1),
      number(files, 0),
      wholeKb === null ? '–' : number(wholeKb, 1),
    ]),
  );
