import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** What is bundled, and where its packages are looked up. */
export interface BundleOptions {
  /** A module that imports the entry as an app does. */
  readonly code: string;
  /** In the folder of a package that package finds itself, by its name and its exports. */
  readonly folder: string;
  readonly platform: 'browser' | 'node';
  /** Tells whether an imported package stays outside. */
  readonly isOutside: (path: string) => boolean;
}

/** Bundles and minifies code; answers its size in KB of gzip, the files that are left of it, and what it still imports. */
export async function bundleEntry({ code, folder, platform, isOutside }: BundleOptions) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform,
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'packages-outside',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path }) =>
            isOutside(path) ? { path, external: true } : undefined,
          ),
      },
    ],
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  const [output] = Object.values(metafile.outputs);
  const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    kb: gzipSync(contents).length / 1000,
    files: inputs.map(([path]) => path),
    imports: (output?.imports ?? []).map(({ path }) => path),
  };
}
