import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { NAMED_VARIABLE } from '../../server/settings/upstreams.ts';
import { variables } from '../../server/settings/variables.ts';
import { blocksOf, documents, read, root } from './documents.ts';

/** Compiles blocks as files at the top of the repository, with its own settings; answers what is wrong. */
function compile(blocks: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root).options;
  /** The names under which an app imports the package, as in scripts/package.ts. */
  const paths = {
    'reseal/server': ['./server/index.ts'],
    'reseal/interceptors': ['./interceptors/index.ts'],
    'reseal/testing': ['./testkit/index.ts'],
    'reseal/store': ['./store/index.ts'],
    'reseal/react': ['./react/index.ts'],
  };
  const options = { ...parsed, paths, pathsBasePath: root };
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
  expect(blocks.size).toBeGreaterThan(10);
  expect(compile(blocks)).toEqual([]);
}, 60_000);

test('a block that does not compile is found', () => {
  const wrong = "import { createReauth } from './interceptors/reauth.ts';\ncreateReauth({ refresh: 1 });";
  expect(compile(new Map([[join(root, 'wrong.ts'), wrong]]))).toHaveLength(1);
}, 60_000);

/** The commands of the docs' shell blocks, without comments and the lines that only set variables. */
const commands = documents.flatMap((file) =>
  blocksOf(file, ['sh']).flatMap(({ code }) =>
    code
      .replaceAll('\\\n', ' ')
      .split(/\n|&&/)
      .map((line) => line.replace(/\s#.*$|^#.*$/, '').trim())
      .filter(Boolean)
      .map((line) => ({ file, line })),
  ),
);

test('every npm script that the docs name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = documents.flatMap((file) =>
    [...read(file).matchAll(/(?:`|^|&& )npm (?:run )?([a-z][\w:]*)/gm)].map(([, name = '']) => name),
  );
  const builtIn = ['ci', 'create', 'install', 'i', 'test', 'start', 'publish'];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !builtIn.includes(name) && !(name in scripts))).toEqual([]);
});

test('every file that a command of the docs runs is there', () => {
  const files = commands.flatMap(({ file, line }) =>
    [...line.matchAll(/\b(?:node|python3|bash) ([\w./-]+\.\w+)/g)].map(([, path = '']) => `${file}: ${path}`),
  );
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((named) => !existsSync(join(root, named.split(': ')[1] ?? '')))).toEqual([]);
});

test('every variable that a command of the docs sets is one that the code reads', () => {
  const known = [...Object.keys(variables.shape), 'PORT', 'RUNS', 'SEED'];
  const isKnown = (name = '') => known.includes(name) || NAMED_VARIABLE.test(name);
  const set = commands.flatMap(({ file, line }) =>
    [...line.matchAll(/(?:^|\s)([A-Z][A-Z_]+)=/g)].map(([, name = '']) => `${file}: ${name}`),
  );
  expect(set.length).toBeGreaterThan(5);
  expect(set.filter((named) => !isKnown(named.split(': ')[1]))).toEqual([]);
});
