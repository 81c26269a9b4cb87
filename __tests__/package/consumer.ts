import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** An app of its own that has the tarball in `node_modules`; what the package depends on is found in this repository. */
export interface Consumer {
  readonly root: string;
  /** Where the package is. */
  readonly installed: string;
  write(file: string, text: string): void;
  /** Runs Node in it; answers what was written, or fails with it. */
  node(args: readonly string[], env?: Readonly<Record<string, string>>): string;
  remove(): void;
}

/** Unpacks a tarball into a new app. */
export function createConsumer(tarball: string): Consumer {
  const root = mkdtempSync(resolve('.reseal/consumer-'));
  const installed = join(root, 'node_modules/reseal');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('package.json', '{"type":"module","private":true,"scripts":{"start":"node server.js"}}');
  return {
    root,
    installed,
    write,
    node(args, env = {}) {
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: root,
        encoding: 'utf8',
        env: { ...withoutJest(), ...env } as unknown as NodeJS.ProcessEnv,
      });
      if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
      return stdout + stderr;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The environment as it was before Jest: its variables would tell a test runner that it is inside another one. */
function withoutJest(): Readonly<Record<string, string | undefined>> {
  const isJests = (name: string) => name === 'JEST_WORKER_ID' || name === 'NODE_ENV';
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isJests(name)));
}
