import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const root = join(__dirname, '../..');

test('interceptors/ and contract/, copied elsewhere, run in a plain Node script beside axios alone', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'reseal-'));
  try {
    for (const folder of ['interceptors', 'contract'])
      cpSync(join(root, folder), join(elsewhere, folder), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(elsewhere, 'node_modules'));
    writeFileSync(join(elsewhere, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(elsewhere, 'try.ts'),
      `import { createTabs } from './interceptors/testing/tabs.ts';
       const { backend, tabs } = createTabs(1, { clock: globalThis });
       backend.expire();
       console.log(await tabs[0]!.send('/a'), backend.refreshes);`,
    );
    const node = join(root, 'node_modules/node/bin/node');
    expect(execFileSync(node, ['try.ts'], { cwd: elsewhere, encoding: 'utf8' })).toBe('200 1\n');
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

test('the engine imports axios, the contract and itself, and nothing else', () => {
  const files = readdirSync(join(root, 'interceptors')).filter((name) => name.endsWith('.ts'));
  const imports = files.flatMap((name) =>
    [...readFileSync(join(root, 'interceptors', name), 'utf8').matchAll(/from '([^']+)'/g)].map(
      ([, from]) => from!,
    ),
  );
  expect(imports.filter((from) => !/^(axios|\.\/\w+\.ts|\.\.\/contract\/\w+\.ts)$/.test(from))).toEqual([]);
});

test('the whole engine is no more than 5.1 kB, minified and gzipped', () => {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'interceptors/reauth.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['axios'],
  });
  expect(gzipSync(outputFiles[0]!.contents, { level: 9 }).length).toBeLessThanOrEqual(5100);
});
