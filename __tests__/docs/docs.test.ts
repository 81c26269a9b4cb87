import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { PROBLEMS } from '../../contract/problem.ts';
import { variables } from '../../server/envVariables.ts';
import { createMetrics } from '../../server/metrics.ts';

const root = process.cwd();
const documents = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');

function blocksOf(
  file: string,
  languages: readonly string[],
): { readonly language: string; readonly code: string }[] {
  return [...read(file).matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .map(([, language = '', code = '']) => ({ language, code }))
    .filter(({ language }) => languages.includes(language));
}

/** Compiles blocks as files at the top of the repository, with its own settings; answers what is wrong. */
function compile(blocks: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost({ ...options, incremental: false });
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => blocks.has(path) || fileExists(path);
  host.readFile = (path) => blocks.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const code = blocks.get(path);
    return code === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, code, rest[0]);
  };
  const program = ts.createProgram([...blocks.keys()], { ...options, incremental: false }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file !== undefined && blocks.has(file.fileName))
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

test('every TypeScript block of the docs compiles', () => {
  const blocks = new Map(
    documents.flatMap((file) =>
      blocksOf(file, ['ts', 'tsx']).map(({ language, code }, index): [string, string] => [
        join(root, `${file.replaceAll(/\W/g, '-')}-${index}.${language}`),
        code,
      ]),
    ),
  );
  expect(blocks.size).toBeGreaterThan(5);
  expect(compile(blocks)).toEqual([]);
}, 60_000);

test('a block that does not compile is found', () => {
  const wrong = "import { createReauth } from './interceptors/reauth.ts';\ncreateReauth({ refresh: 1 });";
  expect(compile(new Map([[join(root, 'wrong.ts'), wrong]]))).toHaveLength(1);
}, 60_000);

test('every link between the docs leads somewhere', () => {
  const broken = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(resolve(root, dirname(file), target)))
      .map((target) => `${file} → ${target}`),
  );
  expect(broken).toEqual([]);
});

test('every npm script that the docs name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = documents.flatMap((file) =>
    [...read(file).matchAll(/npm (?:run )?([a-z][\w:]*)/g)].map(([, name = '']) => name),
  );
  const builtIn = ['ci', 'install', 'i', 'test', 'start'];
  expect(named.filter((name) => !builtIn.includes(name) && !(name in scripts))).toEqual([]);
});

test('the README lists every variable that the code reads, and no other', () => {
  const [, section = ''] = readme.split('## Configuration');
  const [table = ''] = section.split('\n## ');
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
  );
  const besides = ['PORT', 'LOG_LEVEL'];
  expect(new Set(listed)).toEqual(new Set([...Object.keys(variables.shape), ...besides]));
});

test('.env.example lists every variable that the code reads', () => {
  const example = read('.env.example');
  expect(Object.keys(variables.shape).filter((name) => !example.includes(`${name}=`))).toEqual([]);
});

test('the README explains every error code with its status', () => {
  for (const [code, { status }] of Object.entries(PROBLEMS)) {
    const row = readme.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${code}\``));
    expect(`${code}: ${row}`).toContain(String(status));
  }
});

test('every metric that the docs name exists', async () => {
  const known = createMetrics()
    .registry.getMetricsAsArray()
    .map(({ name }) => name);
  const named = documents.flatMap((file) =>
    [...read(file).matchAll(/\breseal_[a-z_]+_total\b/g)].map(([name]) => name),
  );
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});
