import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
const appFolder = (name: string) => `${import.meta.dirname}/../${name}`;

export const PASSWORD = 'a password for benches only: 32 characters and more';

export interface App {
  readonly url: string;
  readonly upstreamUrl: string;
  /** CPU time that the app's process has used, in milliseconds; `null` where the system does not tell. */
  cpuMs(): number | null;
  /** Logs in, and refreshes once, so that the session has a record. Answers the cookie before and after. */
  login(): Promise<{ readonly older: string; readonly newest: string }>;
  stop(): void;
}

/** Builds bench/app, or another Next app of the benchmarks; `again: false` takes the build that is there. */
export function buildApp({ again = true, folder: name = 'app' } = {}): void {
  const folder = appFolder(name);
  if (!again && existsSync(`${folder}/.next/BUILD_ID`)) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, [next, 'build', folder], {
    encoding: 'utf8',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
  });
  if (status !== 0) throw new Error(`The bench app does not build.\n${stdout}\n${stderr}`);
}

export async function startApp({ execArgv = [] }: { execArgv?: readonly string[] } = {}): Promise<App> {
  const upstream = fork(`${import.meta.dirname}/upstream.ts`);
  const upstreamUrl = await new Promise<string>((resolve) =>
    upstream.once('message', (text) => resolve(String(text))),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    [...execArgv, next, 'start', appFolder('app'), '-H', '127.0.0.1', '-p', String(port)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        NODE_ENV: 'production',
        APP_URL: url,
        UPSTREAM_URL: upstreamUrl,
        UPSTREAM_PATHS: '/notes',
        SESSION_PASSWORD: PASSWORD,
        LOG_LEVEL: 'warn',
      },
    },
  );
  const stop = () => {
    child.kill('SIGTERM');
    if (upstream.connected) upstream.disconnect();
  };
  process.once('exit', stop);
  await answers(`${url}/api/bare`, child);
  const post = (path: string, body: unknown, cookie = '') =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Reseal': '1', Cookie: cookie },
      body: JSON.stringify(body),
    });
  return {
    url,
    upstreamUrl,
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    async login() {
      const older = cookieOf(await post('/api/login', { username: 'ada', password: 'lovelace' }));
      return { older, newest: cookieOf(await post('/api/user', { staleVersion: 1 }, older)) };
    },
    stop,
  };
}

function cookieOf(response: Response): string {
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  if (cookies.length < 2) throw new Error(`No session: the app answered ${response.status}.`);
  return cookies.join('; ');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) break;
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await pause(100);
  }
  throw new Error('The bench app does not start.');
}

/** User and system time, from Linux's `/proc`, whose clock ticks 100 times a second. */
function cpuMsOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}
