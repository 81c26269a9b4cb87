import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './redisServer.ts';
import { until } from './until.ts';

/** A production server in a process of its own, as `npm start` starts it. */
export interface Instance {
  readonly url: string;
  readonly pid: number;
  /** All that it wrote. */
  readonly output: () => string;
  /** Resident memory in bytes; 0 where the system does not tell. */
  readonly memoryBytes: () => number;
  /** CPU time spent so far in ms; 0 where the system does not tell. */
  readonly cpuMs: () => number;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: nothing is finished, nothing is said. */
  kill(): Promise<void>;
  /** Resolves with the exit code when it ends by itself. */
  readonly exited: Promise<number | null>;
}

export type Environment = Readonly<Record<string, string>>;

/** What every instance of one app has in common. */
/** Holds the session files of this process's tests, and is removed with the process. */
const dataFolders = mkdtempSync(join(tmpdir(), 'reseal-data-'));
process.once('exit', () => rmSync(dataFolders, { recursive: true, force: true }));

export function productionEnvironment(upstreamUrl: string, appUrl: string): Environment {
  return {
    DATA_DIR: mkdtempSync(join(dataFolders, 'app-')),
    UPSTREAM_URL: upstreamUrl,
    UPSTREAM_PATHS: '/notes,/me,/events,/echo',
    SESSION_PASSWORD: 'a-password-of-thirty-two-letters-or-more',
    APP_URL: appUrl,
    SHUTDOWN_DELAY_MS: '300',
    NEXT_TELEMETRY_DISABLED: '1',
  };
}

/** Builds the app if there is no build yet; minutes on a slow machine. */
export async function ensureBuild(): Promise<void> {
  if (existsSync('.next/BUILD_ID')) return;
  const built = run(['scripts/build.ts'], {});
  if ((await built.exited) !== 0) throw new Error(`the build failed:\n${built.output()}`);
}

/** Starts `npm start`'s script, or what else `command` names, and waits until it is ready to serve. */
export async function startInstance(
  env: Environment,
  { command = ['scripts/start.ts'], path = '/api/health', cwd = process.cwd(), port: wanted = 0 } = {},
): Promise<Instance> {
  const port = wanted || (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const instance = run(
    command,
    {
      ...env,
      PORT: `${port}`,
      HOSTNAME_TO_BIND: '127.0.0.1',
      HOSTNAME: '127.0.0.1',
    },
    cwd,
  );
  let isGone = false;
  void instance.exited.then(() => (isGone = true));
  const answers = async () => (await fetch(url + path).catch(() => null))?.ok ?? false;
  await until(async () => isGone || (await answers()), { withinMs: 60_000, what: 'an instance' });
  if (isGone) throw new Error(`an instance did not start:\n${instance.output()}`);
  return { ...instance, url };
}

/** Runs Node on a script, in a process group of its own. */
export function run(
  command: readonly string[],
  env: Environment,
  cwd = process.cwd(),
): Omit<Instance, 'url'> {
  const inherited = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [...command], {
    cwd,
    env: { ...inherited, ...env, NODE_ENV: 'production' } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output: string[] = [];
  const keep = (chunk: Buffer) => void (output.length < 20_000 && output.push(chunk.toString()));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid ?? 0,
    output: () => output.join(''),
    memoryBytes: () =>
      statusOf(child, (pid) => 1024 * Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1])),
    // Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; the name before them may hold spaces.
    cpuMs: () =>
      statusOf(child, (pid) => {
        const fields = read(pid, 'stat')
          .replace(/^.*\) /s, '')
          .split(' ');
        return 10 * (Number(fields[11]) + Number(fields[12]));
      }),
    exited,
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
      await exited;
    },
  };
}

const read = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');

/** Asks of the server itself, where the child only started it. */
function statusOf({ pid }: ChildProcess, ask: (pid: number) => number): number {
  try {
    const children = read(pid!, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
    return ask(children[0] ?? pid!);
  } catch {
    return 0;
  }
}
