import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { copyEngine, type Elsewhere } from '../support/engineElsewhere.ts';
import { startForeignBackend, type ForeignBackend } from '../support/foreignBackend.ts';
import { recipe } from '../support/recipe.ts';

const root = join(__dirname, '../..');
const node = join(root, 'node_modules/node/bin/node');

let elsewhere: Elsewhere;
let backend: ForeignBackend;

beforeEach(async () => {
  elsewhere = copyEngine();
  backend = await startForeignBackend();
});
afterEach(async () => {
  elsewhere.remove();
  await backend.close();
});

/** Runs a script beside the copied engine in a process of its own; answers what it printed. */
async function runScript(code: string): Promise<unknown> {
  elsewhere.write('client.ts', recipe('Taking only the engine')[1]!);
  elsewhere.write('script.ts', code);
  const { stdout } = await promisify(execFile)(node, ['script.ts', backend.url], { cwd: elsewhere.folder });
  return JSON.parse(stdout);
}

const LOG_IN = `
  import axios from 'axios';
  import { createClient } from './client.ts';
  const base = process.argv[2]!;
  const { http, reauth } = createClient(base, (await axios.post(base + '/login')).data);
`;

test('the engine copied beside axios refreshes once for ten requests in a plain Node script', async () => {
  backend.expire();
  const requests = Array.from({ length: 10 }, (_, at) => `/items/${at}`);
  const printed = await runScript(`${LOG_IN}
    const answers = Promise.all(${JSON.stringify(requests)}.map((url) => http.get(url)));
    console.log(JSON.stringify((await answers).map(({ data }) => data)));
  `);
  expect(printed).toEqual(requests.map((path) => ({ path, generation: 2 })));
  expect(backend.refreshes).toBe(1);
  expect(backend.answered.toSorted()).toEqual(requests);
});

test('in a plain Node script a refused refresh ends the session, with the first 401 in the error', async () => {
  backend.expire();
  backend.kill();
  const printed = await runScript(`${LOG_IN}
    const error = await http.get('/items/1').catch((thrown) => thrown);
    console.log(JSON.stringify([error.code, error.response.status, reauth.state]));
  `);
  expect(printed).toEqual(['ERR_SESSION_ENDED', 401, 'ended']);
  expect(backend.answered).toEqual([]);
});

test.each(['bundler', 'nodenext'])(
  'its types are complete and strict without skipLibCheck, resolved as %s does',
  (moduleResolution) => {
    recipe('Taking only the engine').forEach((code, at) => elsewhere.write(`recipe${at}.ts`, code));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      allowImportingTsExtensions: true,
      target: 'es2023',
      lib: ['es2024', 'dom', 'dom.iterable'],
      module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution,
      moduleResolution,
      types: [],
    };
    elsewhere.write('tsconfig.json', JSON.stringify({ compilerOptions }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(node, [tsc, '--listFiles'], {
      cwd: elsewhere.folder,
      encoding: 'utf8',
    });
    expect(stdout.split('\n').filter((line) => line.includes('error TS'))).toEqual([]);
    expect(stdout).toContain('interceptors/testing/tabs.ts');
    expect(status).toBe(0);
  },
  120_000,
);

test('the engine imports axios, the contract and itself, and nothing else', () => {
  const folder = join(root, 'interceptors');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const imports = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) =>
      from!.startsWith('.') ? relative(root, join(folder, name, '..', from!)) : from!,
    ),
  );
  expect(imports.length).toBeGreaterThan(50);
  expect(imports.filter((from) => !/^(axios$|(interceptors|contract)\/[\w/]+\.ts$)/.test(from))).toEqual([]);
});

test('the whole engine is no more than 7.3 kB, minified and gzipped', () => {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'interceptors/reauth.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['axios'],
  });
  expect(gzipSync(outputFiles[0]!.contents, { level: 9 }).length).toBeLessThanOrEqual(7300);
});
