import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type typescript from 'typescript';
import { freePort } from '../../../testing/redisServer.ts';
import { newFolder, startService } from '../support/service.ts';

const FOLDER = '__tests__/real/npm';

/** A NestJS app from npm's packages; its user is `ada` with `lovelace`. */
export async function startNest(accessSeconds: number) {
  const { transpileModule, ModuleKind, ScriptTarget } = createRequire(import.meta.url)(
    'typescript',
  ) as typeof typescript;
  const compilerOptions = {
    module: ModuleKind.ESNext,
    target: ScriptTarget.ES2023,
    experimentalDecorators: true,
  };
  const source = readFileSync(`${FOLDER}/nest/main.ts`, 'utf8');
  mkdirSync(`${FOLDER}/.build`, { recursive: true });
  writeFileSync(`${FOLDER}/.build/nest.js`, transpileModule(source, { compilerOptions }).outputText);
  const [folder, port] = [newFolder('nest'), await freePort()];
  const args = [`${FOLDER}/.build/nest.js`, `${port}`, `${accessSeconds}`];
  return startService({ command: process.execPath, args, port, folder });
}
