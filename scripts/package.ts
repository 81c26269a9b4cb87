import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

/** Where the package is put together, and where its tarball is. */
const OUT = '.reseal/package';
const VERSION = '0.2.0';

const ENTRIES = {
  './interceptors': 'interceptors/index',
  './interceptors/refreshFirst': 'interceptors/browser/refreshFirst',
  './interceptors/eventStream': 'interceptors/browser/eventStream',
  './interceptors/reconnectingSocket': 'interceptors/browser/reconnectingSocket',
  './interceptors/testing': 'interceptors/testing/index',
  './store': 'store/index',
  './react': 'react/index',
  './server': 'server/index',
  './server/next': 'server/next',
  './testing': 'testkit/index',
} as const;

/** What an app brings itself, if it uses the part that needs it. */
const PEERS = new Set([
  'redux', 'redux-thunk', 'reselect', 'immer',
  'axios', 'next', 'react', 'react-redux', '@reduxjs/toolkit', 'fastify', '@fastify/multipart',
]); // prettier-ignore

/**
 * Ranges that are wider than the version we use. An app's copy of the API must be ours: a newer one of ours cannot see the
 * provider that an older one of the app registered.
 */
const RANGES: Readonly<Record<string, string>> = { '@opentelemetry/api': '^1.4.0' };

interface Manifest {
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Every file below a folder, as paths below it. */
const filesIn = (dir: string) =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(js|d\.ts)$/.test(file));

/** The packages that the emitted files import; `cli/` imports none, and holds imports of the apps that it writes. */
function imported(): string[] {
  const files = filesIn(OUT).filter((file) => !file.startsWith('cli/'));
  const names = files.flatMap((file) =>
    [
      ...readFileSync(join(OUT, file), 'utf8').matchAll(/(?:from|import\(|import) ?['"]([^.'"][^'"]*)['"]/g),
    ].map(([, name = '']) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name),
  );
  const ours = (name: string) => !name.startsWith('node:') && !builtinModules.includes(name);
  return [...new Set(names)].filter(ours).toSorted();
}

/** Takes the test kit of the engine together; the source has no such file, because nothing in it needs one. */
function writeTestingEntry(): void {
  const dir = join(OUT, 'interceptors/testing');
  const parts = filesIn(dir).filter((file) => file.endsWith('.js') && file !== 'index.js');
  const lines = parts.toSorted().map((file) => `export * from './${file}';\n`);
  for (const ending of ['js', 'd.ts']) writeFileSync(join(dir, `index.${ending}`), lines.join(''));
}

const installedVersion = (name: string) =>
  (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version;

function manifestOf({ description, license, dependencies, devDependencies }: Manifest): object {
  const versions = { ...devDependencies, ...dependencies };
  const ranges = (names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => {
        // The types of Redux Toolkit name packages of its own.
        const version = versions[name] ?? (PEERS.has(name) ? installedVersion(name) : undefined);
        if (version === undefined) throw new Error(`${name} is imported and not a dependency`);
        return [name, RANGES[name] ?? `^${version}`];
      }),
    );
  const names = imported();
  const peers = [...names.filter((name) => PEERS.has(name)), 'react'];
  return {
    name: 'reseal',
    version: VERSION,
    description,
    license,
    type: 'module',
    engines: { node: '>=22.19' },
    bin: { reseal: './cli/main.js' },
    sideEffects: ['./server/index.js', './server/nodeVersion.js'],
    exports: {
      ...Object.fromEntries(
        Object.entries(ENTRIES).map(([name, file]) => [
          name,
          { types: `./${file}.d.ts`, default: `./${file}.js` },
        ]),
      ),
      './package.json': './package.json',
    },
    dependencies: ranges(names.filter((name) => !PEERS.has(name))),
    peerDependencies: ranges(peers),
    peerDependenciesMeta: Object.fromEntries(peers.map((name) => [name, { optional: true }])),
  };
}

rmSync(OUT, { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.package.json'], {
  stdio: 'inherit',
});
writeTestingEntry();
const root = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifestOf(root), null, 2)}\n`);
for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) copyFileSync(file, join(OUT, file));
execFileSync('npm', ['pack', '--silent', '--pack-destination', '..'], { cwd: OUT, stdio: 'inherit' });
console.log(`.reseal/reseal-${VERSION}.tgz`);
