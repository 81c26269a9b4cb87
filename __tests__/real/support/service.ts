import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../testing/until.ts';

/** Another party's software in a process of its own, with a folder that goes with it. */
export interface Service {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** All that it wrote. */
  readonly output: () => string;
  /** How many lines of its output match. */
  count(line: RegExp): number;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The path that answers once it serves; any status counts. */
  readonly path?: string;
  /** Where TLS is the service's own, its address says so. */
  readonly url?: string;
}

/** A folder for one service: its configuration, its data, its keys. */
export function newFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `reseal-real-${name}-`));
}

/** Starts a service on 127.0.0.1 and waits until it answers. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { command, args, port, folder, env = {}, cwd, path = '/' } = options;
  const child = spawn(command, [...args], {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, NODE_OPTIONS: '', ...env } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => void output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void output.push(chunk.toString()));
  let failure: string | null = null;
  child.once('error', ({ message }) => (failure = message));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => (failure ??= `it stopped with ${child.exitCode}`));
  const url = options.url ?? `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      () => true,
      // A TLS port hangs up on plain HTTP: it is there.
      ({ cause }: Error & { cause?: { code?: string } }) => cause?.code !== 'ECONNREFUSED',
    );
  await until(async () => failure !== null || (await answers()), { withinMs: 30_000, what: command });
  if (failure !== null) throw new Error(`${command} did not start (${failure}):\n${output.join('')}`);
  return {
    url,
    port,
    folder,
    output: () => output.join(''),
    count: (line) =>
      output
        .join('')
        .split('\n')
        .filter((one) => line.test(one)).length,
    async stop() {
      // The whole group: some of them work in children.
      if (child.pid !== undefined && failure === null) process.kill(-child.pid, 'SIGTERM');
      const late = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 3000);
      await exited;
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
