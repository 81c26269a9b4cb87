import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { createConsumer, type Consumer } from './consumer.ts';
import { testingDocs } from './testingDocs.ts';

jest.setTimeout(600_000);

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const tarball = `.reseal/reseal-${version}.tgz`;
let consumer: Consumer;
let app: string;
let installed: string;
let manifest: {
  readonly version: string;
  readonly exports: Record<string, { types: string; default: string }>;
  readonly peerDependencies: Record<string, string>;
};

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/package.ts'], { stdio: 'pipe' });
  consumer = createConsumer(tarball);
  ({ root: app, installed } = consumer);
  manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as typeof manifest;
});
afterAll(() => consumer.remove());

/** What an app writes with each entry. */
const USE = `
import axios from 'axios';
import { createReauth, type Reauth } from 'reseal/interceptors';
import { refreshFirst } from 'reseal/interceptors/refreshFirst';
import { openEventStream } from 'reseal/interceptors/eventStream';
import { reconnectingSocket } from 'reseal/interceptors/reconnectingSocket';
import { attachStepUp } from 'reseal/interceptors/stepUp';
import { prepareStepUpWindow } from 'reseal/interceptors/stepUpWindow';
import * as kit from 'reseal/interceptors/testing';
import { authReducer, createResealClient } from 'reseal/store';
import { useUser } from 'reseal/react';
import { createReseal, fromEnv, type Hooks, type SessionOf } from 'reseal/server';
import { currentHeaders } from 'reseal/server/next';
import { resealFixtures, signedInAs, startIssuer, startUpstream } from 'reseal/testing';

const hooks: Hooks = { onRefresh: ({ version }) => void version };
export const reseal = createReseal({
  ...fromEnv(),
  upstreamPaths: ['/notes'],
  hooks,
  claims: (idToken) => ({ roles: idToken['roles'] as string[] }),
});
export const { GET, POST, PUT, PATCH, DELETE, HEAD } = reseal.routeHandlers;
export async function page(request: Request): Promise<readonly string[]> {
  const session: SessionOf<{ roles: string[] }> | null = await reseal.getSession(request);
  const response: Response = await reseal.upstreamFetch('/notes', { method: 'POST', body: 'x', request });
  return response.ok ? (session?.user.roles ?? []) : [];
}
const http = axios.create();
export const reauth: Reauth = createReauth({ refresh: async () => undefined as never });
export const rest = [http, kit, createResealClient, currentHeaders, refreshFirst, openEventStream, reconnectingSocket, attachStepUp, prepareStepUpWindow, resealFixtures];
type Person = SessionOf<{ roles: string[] }>['user'];
export const typed = [authReducer<Person>, useUser<Person>];
export const testing = async () => [await startIssuer(), await startUpstream(), await signedInAs(fetch, 'ada')];
// @ts-expect-error: an option that does not exist
createReseal({ upstreamPath: '/notes' });
`;

test.each([
  ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ['node16', ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
] as const)(
  'every entry type-checks under moduleResolution %s, strict and exact',
  (_name, module, moduleResolution) => {
    const file = join(app, 'use.ts');
    writeFileSync(file, USE);
    const program = ts.createProgram([file], {
      module,
      moduleResolution,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    });
    // Of this app and of the package; what the declarations of others say is theirs.
    const ours = ts.getPreEmitDiagnostics(program).filter(({ file: at }) => at?.fileName.startsWith(app));
    expect(
      ours.map(
        ({ file: at, messageText }) =>
          `${at?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      ),
    ).toEqual([]);
  },
);

test('every entry is imported by Node from the tarball alone', () => {
  const names = Object.keys(manifest.exports).filter((name) => name !== './package.json');
  const script = `const names = ${JSON.stringify(names)};
    for (const name of names) console.log(name, Object.keys(await import('reseal' + name.slice(1))).length > 0);`;
  writeFileSync(join(app, 'imports.js'), script);
  const output = execFileSync(process.execPath, ['imports.js'], { cwd: app, encoding: 'utf8' });
  expect(output.trim().split('\n').toSorted()).toEqual(names.map((name) => `${name} true`).toSorted());
});

test('the server of the package answers a request, and nothing was read before it', () => {
  const script = `import { createReseal, fromEnv } from 'reseal/server';
    const reseal = createReseal(fromEnv());
    const answer = async () => (await reseal.fetch(new Request('http://app.example/api/user', { headers: { 'X-Reseal': '1' } }))).status;
    Object.assign(process.env, { UPSTREAM_URL: 'http://127.0.0.1:1', UPSTREAM_PATHS: '/x', SESSION_PASSWORD: 'x'.repeat(40), LOG_LEVEL: 'silent' });
    console.log(await answer());
    await reseal.close();`;
  writeFileSync(join(app, 'server.js'), script);
  expect(execFileSync(process.execPath, ['server.js'], { cwd: app, encoding: 'utf8' })).toBe('401\n');
});

/** The paths of the tarball, without its own folder. */
const packed = () =>
  execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));

test('the tarball holds JavaScript, declarations and documents, and no source, test or UI', () => {
  const files = packed();
  const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
  expect([...folders].toSorted()).toEqual([
    'cli',
    'contract',
    'docs',
    'interceptors',
    'react',
    'server',
    'services',
    'store',
    'testkit',
    'upstream',
  ]);
  const others = files.filter((file) => !/\.(js|d\.ts|md)$/.test(file));
  expect(others.toSorted()).toEqual(['LICENSE', 'docs/examples/backend.py', 'package.json']);
});

test('every link of the documents in the tarball leads to a file in the tarball', () => {
  const files = new Set(packed());
  const links = [...files]
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [
        ...readFileSync(join(installed, file), 'utf8').matchAll(
          /\]\((?![a-z]+:|#)([^)#\s]+)|(?:src|srcset|href)="(?!https?:|#)([^"#]+)"/g,
        ),
      ].map(([, path = '', attribute = '']) => join(dirname(file), path || attribute)),
    );
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((path) => !files.has(path))).toEqual([]);
});

test('the version stands in package.json, and the changelog and the READMEs name the same one', () => {
  expect(manifest.version).toBe(version);
  expect(readFileSync('CHANGELOG.md', 'utf8')).toMatch(
    new RegExp(`^# .+\\n(?:(?!##).*\\n)*## ${version}\\n`),
  );
  for (const file of ['README.md', 'README.ko.md'])
    expect(readFileSync(file, 'utf8')).toContain(`reseal-${version}.tgz`);
});

const oldNode = '/usr/bin/node';
const isOld = existsSync(oldNode) && /^v(1\d|20)\./.test(execFileSync(oldNode, ['-v'], { encoding: 'utf8' }));
(isOld ? test : test.skip)(
  'the server names the version that it needs to Node 20, which runs the engine',
  () => {
    const run = (entry: string) =>
      spawnSync(oldNode, ['--input-type=module', '-e', `await import('${entry}')`], {
        cwd: app,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '' } as unknown as NodeJS.ProcessEnv,
      });
    expect(run('reseal/server').stderr).toMatch(
      /Error: reseal\/server needs Node 22\.19 or newer; this is Node 20\./,
    );
    expect(run('reseal/interceptors').stderr).toBe('');
    expect(run('reseal/testing').stderr).toBe('');
  },
);

test('no peer must be as new as the one that we develop with: an app that already has an older one can install', () => {
  const ours = (name: string) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as {
      version: string;
    };
    return `^${version}`;
  };
  const peers = Object.entries(manifest.peerDependencies);
  expect(peers.length).toBeGreaterThan(5);
  expect(peers.filter(([name, range]) => range === ours(name) && !range.endsWith('.0.0'))).toEqual([]);
});

test('every door of the package is typed and built: each export names two files that are there', () => {
  for (const [name, entry] of Object.entries(manifest.exports)) {
    if (name === './package.json') continue;
    for (const path of [entry.types, entry.default])
      expect([name, readFileSync(join(installed, path), 'utf8').length > 0]).toEqual([name, true]);
  }
});

describe('the test kit', () => {
  testingDocs(() => consumer);
});
