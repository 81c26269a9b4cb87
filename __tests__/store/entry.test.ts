import { build } from 'esbuild';

/** The files of this repository and the packages that a bundle of an entry is made of. */
async function madeOf(entry: string): Promise<{ readonly files: string[]; readonly packages: string[] }> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    packages: 'external',
    jsx: 'automatic',
    metafile: true,
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  return {
    files: Object.keys(metafile.inputs),
    packages: [
      ...new Set(output!.imports.filter(({ external }) => external).map(({ path }) => path)),
    ].toSorted(),
  };
}

test('reseal/store brings no slice, service or type of this repository’s own app along', async () => {
  const { files, packages } = await madeOf('store/index.ts');
  expect(files).toContain('store/createResealClient.ts');
  expect(
    files.filter((file) => !/^(store\/\w+|contract\/\w+|services\/user|interceptors\/.+)\.ts$/.test(file)),
  ).toEqual([]);
  expect(packages).toEqual(['@reduxjs/toolkit', 'axios']);
});

test('reseal/react brings no Redux and nothing of this repository’s own app along', async () => {
  const { files, packages } = await madeOf('react/index.ts');
  expect(files).toContain('react/createSession.ts');
  const allowed = /^(react\/\w+|store\/\w+|contract\/\w+|services\/user|interceptors\/.+)\.tsx?$/;
  expect(files.filter((file) => !allowed.test(file))).toEqual([]);
  expect(packages).toEqual(['axios', 'react', 'react/jsx-runtime']);
});
