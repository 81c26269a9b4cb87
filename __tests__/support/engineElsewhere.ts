import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = process.cwd();

/** A folder outside the repository with `interceptors/`, `contract/` and axios, and no other package. */
export interface Elsewhere {
  readonly folder: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** Copies the engine as docs/recipes.md tells people to. */
export function copyEngine(): Elsewhere {
  const folder = mkdtempSync(join(tmpdir(), 'reseal-'));
  for (const name of ['interceptors', 'contract'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  // Its own dependencies are found beside the real one; nothing else can be resolved from here.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(root, 'node_modules/axios'), join(folder, 'node_modules/axios'));
  const elsewhere: Elsewhere = {
    folder,
    write: (file, text) => {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
  elsewhere.write('package.json', '{ "type": "module" }');
  return elsewhere;
}
