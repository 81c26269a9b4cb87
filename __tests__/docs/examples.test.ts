import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverFile, routeOfAppRouter } from '../../cli/templates.ts';
import { quoted, read, rowsBelow } from './documents.ts';

/** The rule of the table: no blank lines, and none that is only a comment. */
const linesOf = (code: string) =>
  code.split('\n').filter((line) => !/^\s*(\/\/|\*|\/\*|$)/.test(line)).length;

/** The files of a folder that are in the repository, by their path below it. */
const filesBelow = (folder: string) =>
  execFileSync('git', ['ls-files', '-z', '.'], { cwd: folder, encoding: 'utf8' })
    .split('\0')
    .filter((path) => /\.[jt]s$/.test(path));

const count = (folder: string, isServerHalf: (path: string) => boolean) => {
  const files = filesBelow(folder).filter(isServerHalf);
  const lines = files.map((path) => linesOf(readFileSync(join(folder, path), 'utf8')));
  return [files.length, lines.reduce((sum, each) => sum + each, 0)];
};

const rows = rowsBelow('docs/doors.md', 'What you write');
const numbers = (cells: readonly string[]) => cells.map(Number);

test.each(
  rows
    .filter(([name = '']) => name.startsWith('`'))
    .map((cells) => [quoted(cells[0] ?? '')[0], cells] as const),
)(
  'the table of docs/doors.md counts the server half of examples/%s as it is, and it stays small',
  (name, [, files = '', lines = '']) => {
    const isServerHalf = (path: string) => /^(server|reseal|next\.config)\.ts$|\[\.\.\.reseal\]/.test(path);
    const counted = count(`examples/${name}`, isServerHalf);
    expect(numbers([files, lines])).toEqual(counted);
    expect(counted[0]).toBeLessThanOrEqual(3);
    expect(counted[1]).toBeLessThanOrEqual(25);
  },
);

test('the table has a row for every example with a server half of Reseal', () => {
  const named = rows.flatMap(([name = '']) => quoted(name));
  const folders = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders
    .map(({ name }) => name)
    .filter((name) => !['engine-only', 'node_modules'].includes(name));
  expect(named.toSorted()).toEqual(names.toSorted());
});

test('what init writes on the server is as short as the table says', () => {
  expect(linesOf(serverFile() + routeOfAppRouter())).toBe(4);
  expect(read('docs/doors.md')).toContain('writes two more files with 4 lines');
});

test.each([
  ['nextjs-auth0', 'auth0'],
  ['authkit-nextjs', 'authkit'],
  ['Auth.js', 'nextAuth5'],
  ['better-auth', 'betterAuth'],
])('the table counts the app of %s in the benchmark as it is', (library, folder) => {
  const [, , , , files = '', lines = ''] = rows.find(([name]) => name === library) ?? [];
  // Neither pages nor what only the benchmark asks.
  const isServerHalf = (path: string) =>
    !/^pages\/|(layout|page|name|next\.config)\.js$|api\/session/.test(path);
  expect(numbers([files, lines])).toEqual(count(`bench/peers/apps/${folder}`, isServerHalf));
});

test('every dependency of an example is exact, and has the version of this repository where both use it', () => {
  interface Manifest {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  }
  const versionsOf = (file: string) => {
    const { dependencies, devDependencies } = JSON.parse(read(file)) as Manifest;
    return { ...devDependencies, ...dependencies };
  };
  const manifests = execFileSync('git', ['ls-files', 'examples/package.json', 'examples/*/package.json'], {
    encoding: 'utf8',
  });
  const files = manifests.trim().split('\n');
  expect(files.length).toBeGreaterThan(6);
  const root = versionsOf('package.json');
  for (const file of files)
    for (const [name, version] of Object.entries(versionsOf(file))) {
      expect([file, name, version]).toEqual([file, name, root[name] ?? version]);
      expect([file, name, version]).toEqual([
        file,
        name,
        expect.stringMatching(/^(\d+\.\d+\.\d+|file:.+\.tgz)$/),
      ]);
    }
});
