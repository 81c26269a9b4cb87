import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The ways into Reseal that `reseal init` writes files for. */
export const DOORS = {
  'app-router': 'Next.js, App Router',
  'pages-router': 'Next.js, Pages Router',
  express: 'Express',
  hono: 'Hono',
  client: 'the browser half alone',
} as const;

export type DoorName = keyof typeof DOORS;

/** An app as `reseal init` found it. */
export interface App {
  readonly folder: string;
  readonly door: DoorName;
  readonly typescript: boolean;
  /** The folder of the sources: `src` or the app's own, as `.`. */
  readonly base: 'src' | '.';
  /** The ending of a file that holds ES module syntax and is read by Node, not by a bundler. */
  readonly nodeEnding: 'ts' | 'js' | 'mjs';
  /** Whether a bundler makes pages of this folder. */
  readonly hasPages: boolean;
  /** The packages that the app depends on. */
  readonly packages: ReadonlySet<string>;
  /** Whether package.json says `"type": "commonjs"`. */
  readonly isCommonJs: boolean;
}

/** Something that the person who runs the command has to do first; its message says what. */
export class InitError extends Error {
  readonly code = 'init_failed';
}

interface Manifest {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const BUNDLERS = ['vite', 'webpack', 'parcel', 'esbuild', 'rollup', '@rsbuild/core', 'react-scripts'];

/**
 * Looks at the app in a folder.
 *
 * @param wanted the door that `--door` names
 * @throws {InitError} without a package.json that can be read, and where no door is named and none is found
 */
export function detect(folder: string, wanted?: string): App {
  const { type, dependencies, devDependencies } = readManifest(folder);
  const packages = new Set(Object.keys({ ...devDependencies, ...dependencies }));
  const door = wanted === undefined ? findDoor(folder, packages) : doorNamed(wanted);
  const isThere = (path: string) => existsSync(join(folder, path));
  const typescript = isThere('tsconfig.json') || packages.has('typescript');
  const isNext = door === 'app-router' || door === 'pages-router';
  const pages = door === 'app-router' ? 'app' : 'pages';
  const inSrc = isNext ? isThere(`src/${pages}`) || (!isThere(pages) && isThere('src')) : isThere('src');
  return {
    folder,
    door,
    typescript,
    base: inSrc ? 'src' : '.',
    nodeEnding: typescript ? 'ts' : type === 'module' ? 'js' : 'mjs',
    hasPages: isNext || door === 'client' || BUNDLERS.some((name) => packages.has(name)),
    packages,
    isCommonJs: type === 'commonjs',
  };
}

function readManifest(folder: string): Manifest {
  let text: string;
  try {
    text = readFileSync(join(folder, 'package.json'), 'utf8');
  } catch {
    throw new InitError(`There is no package.json in ${folder}. Run this command in the folder of your app.`);
  }
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    throw new InitError(
      `${join(folder, 'package.json')} is no JSON. Correct it, then run this command again.`,
    );
  }
}

const list = () =>
  Object.entries(DOORS)
    .map(([name, means]) => `  --door ${name.padEnd(12)} ${means}\n`)
    .join('');

function doorNamed(name: string): DoorName {
  if (Object.hasOwn(DOORS, name)) return name as DoorName;
  throw new InitError(`There is no door "${name}". Name one of these:\n${list()}`);
}

function findDoor(folder: string, packages: ReadonlySet<string>): DoorName {
  const hasFolder = (name: string) =>
    ['', 'src'].some((base) => statSync(join(folder, base, name), { throwIfNoEntry: false })?.isDirectory());
  if (packages.has('next')) return hasFolder('pages') && !hasFolder('app') ? 'pages-router' : 'app-router';
  if (packages.has('express')) return 'express';
  if (packages.has('hono')) return 'hono';
  throw new InitError(
    'package.json names none of next, express and hono. If your app is one of these all the same, name it:\n' +
      `${list()}For Fastify, Connect and plain Node see "Doors" in the documentation of reseal.`,
  );
}
