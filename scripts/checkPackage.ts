import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { bundleEntry } from './entryBundle.ts';

/** Where scripts/package.ts puts the package together. */
const OUT = '.reseal/package';
const FOLDER = resolve(OUT);

/** KB of each entry, minified and gzipped, with our own modules and no dependency. */
const BUDGET_KB: Readonly<Record<string, number>> = {
  './interceptors': 7.6,
  './interceptors/refreshFirst': 0.2,
  './interceptors/eventStream': 0.6,
  './interceptors/reconnectingSocket': 0.8,
  './interceptors/stepUp': 1.7,
  './interceptors/stepUpWindow': 0.7,
  './interceptors/testing': 10.2,
  './store': 14,
  './react': 12.8,
  './server': 68,
  './server/next': 0.3,
  './testing': 16,
};

/** What runs in a browser: nothing of the server and of the test kits may come along. */
const IN_BROWSER = [
  './interceptors',
  './interceptors/refreshFirst',
  './interceptors/eventStream',
  './interceptors/reconnectingSocket',
  './interceptors/stepUp',
  './interceptors/stepUpWindow',
  './store',
  './react',
];
const NOT_IN_BROWSER = /^(server|upstream|testkit|interceptors\/testing)\//;

const failures: string[] = [];
const say = (isGood: boolean, what: string) => {
  console.log(`${isGood ? 'ok   ' : 'WRONG'} ${what}`);
  if (!isGood) failures.push(what);
};

/** Bundles code that imports the package as an app does; dependencies stay outside. */
const bundle = (code: string, platform: 'browser' | 'node') =>
  bundleEntry({ code, platform, folder: FOLDER, isOutside: (path) => !/^reseal(\/|$)/.test(path) });

async function checkSizes(entries: readonly string[]): Promise<void> {
  for (const entry of entries) {
    const isInBrowser = IN_BROWSER.includes(entry);
    const name = `reseal${entry.slice(1)}`;
    const { kb, files, imports } = await bundle(`export * from '${name}'`, isInBrowser ? 'browser' : 'node');
    const budgetKb = BUDGET_KB[entry] ?? 0;
    say(kb > 0 && kb <= budgetKb, `${name}: ${kb.toFixed(1)} KB gzip of ${budgetKb}, ${files.length} files`);
    if (!isInBrowser) continue;
    const foreign = [
      ...files.filter((file) => NOT_IN_BROWSER.test(file)),
      ...imports.filter((path) => path.startsWith('node:')),
    ];
    say(foreign.length === 0, `${name} brings nothing of the server or of a test kit ${foreign.join(' ')}`);
  }
}

/** One name of an entry must not bring the others along. */
async function checkShaking(): Promise<void> {
  const all = await bundle(`export * from 'reseal/interceptors'`, 'browser');
  const one = await bundle(`export { isReauthError } from 'reseal/interceptors'`, 'browser');
  say(
    one.kb < all.kb / 4,
    `one name of reseal/interceptors is ${one.kb.toFixed(1)} KB of ${all.kb.toFixed(1)}`,
  );
  const kit = await bundle(`export { resealFixtures } from 'reseal/testing'`, 'node');
  const isSmall = !kit.files.some((file) => file.endsWith('createUpstream.js'));
  say(isSmall, `the Playwright fixtures alone are ${kit.kb.toFixed(1)} KB, without the backend`);
}

/** ESM only: without `exports` (node10) it is not resolved, and `require` gets a module, which Node 22 can load. */
const ESM_ONLY = (problem: { kind: string; resolutionKind?: string }) =>
  problem.kind === 'CJSResolvesToESM' || problem.resolutionKind === 'node10';

async function checkTypes(tarball: string): Promise<void> {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  const problems = result.types
    ? result.problems.filter((problem) => !ESM_ONLY(problem))
    : [{ kind: 'no types' }];
  say(problems.length === 0, `arethetypeswrong: ${JSON.stringify(problems)}`);
}

async function checkManifest(): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: OUT, strict: true });
  say(
    messages.length === 0,
    `publint: ${messages.map((message) => formatMessage(message, pkg)).join('; ') || 'nothing to say'}`,
  );
  const { status, stderr } = spawnSync('npm', ['publish', '--dry-run', '--offline'], {
    cwd: OUT,
    encoding: 'utf8',
  });
  // That no one is logged in at the registry is right; a correction of the manifest would not be.
  const warnings = stderr
    .split('\n')
    .filter((line) => /npm (warn|error)/i.test(line) && !line.includes('logged in'));
  say(status === 0 && warnings.length === 0, `npm publish --dry-run: ${warnings.join(' ') || 'no warning'}`);
}

execFileSync(process.execPath, ['scripts/package.ts'], { stdio: 'ignore' });
const { version, exports } = JSON.parse(readFileSync(`${OUT}/package.json`, 'utf8')) as {
  version: string;
  exports: Readonly<Record<string, unknown>>;
};
await checkManifest();
await checkTypes(`.reseal/reseal-${version}.tgz`);
await checkSizes(Object.keys(exports).filter((entry) => entry !== './package.json'));
await checkShaking();
process.exit(failures.length === 0 ? 0 : 1);
