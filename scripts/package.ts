import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { PEERS } from './peers.ts';
import { shippedDocuments } from './shippedDocuments.ts';

/** Where the package is put together, and where its tarball is. */
const OUT = '.reseal/package';

const ENTRIES = {
  './interceptors': 'interceptors/index',
  './interceptors/refreshFirst': 'interceptors/browser/refreshFirst',
  './interceptors/eventStream': 'interceptors/browser/eventStream',
  './interceptors/reconnectingSocket': 'interceptors/browser/reconnectingSocket',
  './interceptors/stepUp': 'interceptors/browser/stepUp',
  './interceptors/stepUpWindow': 'interceptors/browser/stepUpWindow',
  './interceptors/testing': 'interceptors/testing/index',
  './store': 'store/index',
  './react': 'react/index',
  './server': 'server/index',
  './server/next': 'server/next',
  './testing': 'testkit/index',
} as const;

/**
 * Ranges that are wider than the version we use. A peer is the app's: npm refuses to install beside a version that is
 * outside of the range, and `npm create next-app` brings a React that is older than ours. An app's copy of
 * `@opentelemetry/api` must be ours: a newer one of ours cannot see the provider that an older one of the app registered.
 */
const RANGES: Readonly<Record<string, string>> = {
  '@opentelemetry/api': '^1.4.0',
  '@reduxjs/toolkit': '^2.0.0',
  '@fastify/multipart': '^10.0.0',
  axios: '^1.5.0',
  fastify: '^5.0.0',
  next: '>=15.0.0',
  react: '>=18.0.0',
  redux: '^5.0.0',
  'redux-thunk': '^3.0.0',
  reselect: '^5.0.0',
};

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
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

function manifestOf({ version, description, license, dependencies }: Manifest): object {
  const names = imported();
  const own = names.filter((name) => !(name in PEERS));
  const missing = own.filter((name) => !(name in dependencies));
  if (missing.length > 0)
    throw new Error(`${missing.join(', ')}: imported and neither a dependency nor a peer`);
  const peers = Object.keys(PEERS).filter((name) => names.includes(name) || name === 'react');
  return {
    name: 'reseal',
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=22.19' },
    // Without `./`: npm removes the other form when it publishes.
    bin: { reseal: 'cli/main.js' },
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
    dependencies: Object.fromEntries(own.map((name) => [name, RANGES[name] ?? `^${dependencies[name]}`])),
    peerDependencies: Object.fromEntries(peers.map((name) => [name, PEERS[name]])),
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
for (const [file, text] of shippedDocuments()) {
  mkdirSync(dirname(join(OUT, file)), { recursive: true });
  writeFileSync(join(OUT, file), text);
}
execFileSync('npm', ['pack', '--silent', '--pack-destination', '..'], { cwd: OUT, stdio: 'inherit' });
console.log(`.reseal/reseal-${root.version}.tgz`);
