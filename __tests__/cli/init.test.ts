import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import ts from 'typescript';
import { init } from '../../cli/init.ts';
import { readSettings } from '../../server/settings/fromEnv.ts';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Makes an app of its own on the disk; a value that is no text is written as JSON. */
function createApp(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'reseal-init-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** Every file below a folder with its content. */
const contentOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.startsWith('.git/') && statSync(join(folder, path)).isFile())
      .toSorted()
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );

/** Runs the command as a person does: in the app's folder. */
function run(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('cli/main.ts'), 'init', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const next = { dependencies: { next: '16.4.6' } };
const tsconfig = { 'tsconfig.json': '{}' };

test.each([
  ['App Router', { 'package.json': next, ...tsconfig, 'app/page.tsx': '' }, ['reseal.ts', 'app/api/[...reseal]/route.ts', 'resealClient.ts']],
  ['App Router in src/', { 'package.json': next, ...tsconfig, 'src/app/page.tsx': '' }, ['src/reseal.ts', 'src/app/api/[...reseal]/route.ts', 'src/resealClient.ts']],
  ['App Router in JavaScript', { 'package.json': next, 'app/page.js': '' }, ['reseal.js', 'app/api/[...reseal]/route.js', 'resealClient.js']],
  ['Pages Router', { 'package.json': next, ...tsconfig, 'pages/index.tsx': '' }, ['reseal.ts', 'pages/api/[...reseal].ts', 'resealClient.ts']],
  ['Pages Router in src/, in JavaScript', { 'package.json': next, 'src/pages/index.js': '' }, ['src/reseal.js', 'src/pages/api/[...reseal].js', 'src/resealClient.js']],
  ['Express with Vite', { 'package.json': { type: 'module', dependencies: { express: '5' }, devDependencies: { vite: '8', typescript: '6' } }, 'src/main.ts': '' }, ['src/reseal.ts', 'src/resealClient.ts']],
  ['Express in CommonJS', { 'package.json': { type: 'commonjs', dependencies: { express: '5' } } }, ['reseal.mjs']],
  ['Hono', { 'package.json': { type: 'module', dependencies: { hono: '4' } } }, ['reseal.js']],
])('an app with %s gets its files, and no file that it does not need', (_name, files, expected) => {
  const folder = createApp(files);
  const { status, stderr } = run(folder);
  expect([status, stderr]).toEqual([0, '']);
  const written = Object.entries(contentOf(folder)).filter(([path]) => !(path in files));
  expect(written.map(([path]) => path).toSorted()).toEqual(['.env', ...expected].toSorted());
  for (const [path, text] of written.filter(([name]) => name !== '.env')) {
    const isJs = !path.endsWith('.ts');
    const { diagnostics } = ts.transpileModule(text, {
      reportDiagnostics: true,
      fileName: path,
      compilerOptions: { allowJs: isJs, module: ts.ModuleKind.ESNext },
    });
    expect([path, diagnostics]).toEqual([path, []]);
  }
}); // prettier-ignore

test('with its two placeholders filled in, the .env starts a production server', () => {
  const read = () => {
    const folder = createApp({ 'package.json': next });
    init(folder);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8'));
  };
  const env: NodeJS.Dict<string> = { ...read(), NODE_ENV: 'production' };
  expect(() => readSettings(env)).toThrow(/UPSTREAM_URL is missing[^]*UPSTREAM_PATHS is missing/);
  const filledIn = { ...env, UPSTREAM_URL: 'https://api.example.com', UPSTREAM_PATHS: '/notes' };
  expect(readSettings(filledIn).upstreamPaths).toEqual(['/notes']);
  expect(read()['SESSION_PASSWORD']).not.toBe(env['SESSION_PASSWORD']);
});

test('a second run changes nothing, and says that all is there', () => {
  const folder = createApp({ 'package.json': next, 'app/page.js': '' });
  run(folder);
  const before = contentOf(folder);
  const { status, stdout } = run(folder);
  expect([status, contentOf(folder)]).toEqual([0, before]);
  expect(stdout).toContain('there      reseal.js\n');
  expect(stdout).not.toMatch(/written|added|differs/);
});

test('a dry run names what a real run writes, and writes nothing', () => {
  const folder = createApp({ 'package.json': next, 'app/page.js': '' });
  const before = contentOf(folder);
  const { stdout } = run(folder, '--dry-run');
  expect(contentOf(folder)).toEqual(before);
  const namesIn = (text: string) =>
    [...text.matchAll(/^ {2}(?:to write|written) +(\S+)$/gm)].map(([, name]) => name);
  expect(namesIn(stdout)).toHaveLength(3);
  expect(namesIn(run(folder).stdout)).toEqual(namesIn(stdout));
});

test('whatever of its files is there already, init keeps it byte by byte and adds the rest', () => {
  const mine = ['reseal.js', 'app/api/[...reseal]/route.js', 'resealClient.js', '.env'];
  fc.assert(
    fc.property(
      fc.subarray(mine),
      fc.constantFrom('// mine', 'UPSTREAM_URL=x', 'A=1\nexport SESSION_PASSWORD=y\n'),
      (kept, text) => {
        const files = Object.fromEntries(kept.map((path) => [path, text]));
        const folder = createApp({ 'package.json': next, 'app/page.js': '', ...files });
        init(folder);
        const after = contentOf(folder);
        for (const path of kept.filter((name) => name !== '.env')) expect(after[path]).toBe(text);
        if (kept.includes('.env')) expect(after['.env']?.startsWith(text)).toBe(true);
        expect(Object.keys(after)).toEqual(expect.arrayContaining(mine));
        const names = [...(after['.env'] ?? '').matchAll(/^(?:export )?(\w+)=/gm)].map(([, name]) => name);
        expect(new Set(names).size).toBe(names.length);
        init(folder);
        expect(contentOf(folder)).toEqual(after);
      },
    ),
    { numRuns: 40 },
  );
});

describe('what is wrong is said with what to do', () => {
  test.each([
    ['no package.json', {}, [], /There is no package\.json in .+ Run this command in the folder of your app\./],
    ['a package.json that is no JSON', { 'package.json': '{' }, [], /is no JSON\. Correct it/],
    ['an unknown framework', { 'package.json': { dependencies: { koa: '3' } } }, [], /names none of next, express and hono[^]*--door app-router/],
    ['a door that does not exist', { 'package.json': next }, ['--door', 'koa'], /There is no door "koa"[^]*--door express/],
    ['an option that does not exist', { 'package.json': next }, ['--force'], /Unknown option '--force'/],
  ])('%s', (_name, files, args, message) => {
    const folder = createApp(files);
    const before = contentOf(folder);
    const { status, stdout, stderr } = run(folder, ...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(contentOf(folder)).toEqual(before);
  }); // prettier-ignore

  test('an unknown framework is taken for the door that --door names', () => {
    const folder = createApp({ 'package.json': { dependencies: { koa: '3' } } });
    expect(run(folder, '--door', 'express').status).toBe(0);
    expect(Object.keys(contentOf(folder))).toContain('reseal.mjs');
  });

  test('another command is answered with the usage', () => {
    const { status, stderr } = spawnSync(process.execPath, ['cli/main.ts', 'instal'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, expect.stringContaining('Usage: reseal init')]);
  });
});

describe('what is left to do', () => {
  const leftOf = (files: Readonly<Record<string, unknown>>) =>
    init(createApp({ 'package.json': next, 'app/page.js': '', ...files })).join('\n');

  test('names the packages that are missing, and no others', () => {
    expect(leftOf({})).toContain('npm install reseal axios');
    const all = { dependencies: { next: '16', axios: '1', reseal: '0' } };
    expect(leftOf({ 'package.json': all })).not.toContain('npm install');
  });

  test('asks for serverExternalPackages until the config names the server half, and it alone', () => {
    const asked = "In next.config.js: serverExternalPackages: ['reseal/server']";
    const configOf = (names: string) => `export default { serverExternalPackages: [${names}] };`;
    expect(leftOf({ 'next.config.js': 'export default {};' })).toContain(asked);
    // The components of `reseal/react` would come with a React that is not the app's.
    expect(leftOf({ 'next.config.js': configOf("'reseal'") })).toContain(asked);
    expect(leftOf({ 'next.config.js': configOf("'reseal/server'") })).not.toContain('serverExternalPackages');
  });

  test.each([
    ['says that .env is not ignored', {}, true],
    ['accepts a .gitignore that names .env', { '.gitignore': 'node_modules\n.env\n' }, false],
    ['accepts the .gitignore of create-next-app', { '.gitignore': '.env*\n' }, false],
    ['is not content with a .gitignore of other files', { '.gitignore': '.env.local\n' }, true],
  ])('%s, in a repository and outside of one', (_name, files, isMissing) => {
    const isSaid = (text: string) => text.includes('Add .env to .gitignore');
    expect(isSaid(leftOf(files))).toBe(isMissing);
    const folder = createApp({ 'package.json': next, 'app/page.js': '', ...files });
    execFileSync('git', ['init', '-q'], { cwd: folder });
    expect(isSaid(init(folder).join('\n'))).toBe(isMissing);
  });

  test('names routes of the app that Next would call in place of Reseal', () => {
    const left = leftOf({ 'app/api/user/route.js': '', 'app/api/users/route.js': '' });
    expect(left).toContain('Rename your own api/user:');
  });

  test('leaves the catch-all out beside one of the app, because Next would refuse to build', () => {
    const folder = createApp({ 'package.json': next, 'app/api/[...all]/route.js': '' });
    expect(init(folder).join('\n')).toContain(
      'left out   app/api/[...reseal]/route.js (api/[...all] is there)',
    );
    expect(Object.keys(contentOf(folder))).not.toContain('app/api/[...reseal]/route.js');
  });
});

test.each([['express-vite/src', false], ['hono/src', false], ['pages-router', true]])(
  'the client file of examples/%s is the one that init writes',
  (path, rendersOnServer) => {
    const files = { 'package.json': rendersOnServer ? next : { dependencies: { express: '5', vite: '8' } } };
    const folder = createApp({ ...files, ...tsconfig });
    init(folder);
    expect(readFileSync(`examples/${path}/resealClient.ts`, 'utf8')).toBe(contentOf(folder)['resealClient.ts']);
  },
); // prettier-ignore

test('an app that names its cookies gets an engine that looks for that name', () => {
  const app = { 'package.json': next, ...tsconfig, 'app/page.tsx': '' };
  const named = createApp({ ...app, '.env': 'COOKIE_NAME=reseal\n', '.env.local': 'COOKIE_NAME="shop"\n' });
  const plain = createApp(app);
  init(named);
  init(plain);
  expect(contentOf(named)['resealClient.ts']).toContain('cookieName: "shop"');
  expect(contentOf(plain)['resealClient.ts']).not.toContain('cookieName');
});
