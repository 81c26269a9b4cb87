import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { leaveFor, loadEnvFiles, port } from './environment.ts';
import { createUpstream, type Upstream } from '../upstream/createUpstream.ts';
import { readSettings, SettingsError } from '../server/settings/fromEnv.ts';

const FOLDER = '.reseal';
const nextBin = createRequire(import.meta.url).resolve('next/dist/bin/next');

/** What the embedded upstream serves, and so what the proxy may forward to it. */
const EMBEDDED_PATHS = '/notes,/me,/events,/echo,/lab';

/** How long the embedded upstream's access tokens live: short, so that one sees them die. */
export function accessTtlSeconds(): number {
  return Number(process.env['UPSTREAM_ACCESS_TTL_SECONDS'] ?? 10);
}

/** Starts the embedded upstream, on loopback only, unless `UPSTREAM_URL` names another. */
async function startEmbeddedUpstream(name: string): Promise<Upstream | null> {
  if (process.env['UPSTREAM_URL']) return null;
  mkdirSync(FOLDER, { recursive: true });
  return createUpstream({
    port: Number(process.env['UPSTREAM_PORT'] ?? 0),
    database: `${FOLDER}/${name}.db`,
    accessTtlSeconds: accessTtlSeconds(),
    // Long enough to see each phase of a request in the lab.
    latencyMs: { refresh: 400, api: 40 },
    lab: true,
  });
}

/** Starts the embedded upstream and reads the settings of an app beside it; leaves where they are wrong. */
export async function prepare(name: 'demo' | 'dev', mode: 'production' | 'development') {
  loadEnvFiles();
  await checkPort();
  const upstream = await startEmbeddedUpstream(name);
  const env = embeddedEnvironment(upstream);
  try {
    readSettings({ ...env, NODE_ENV: mode });
  } catch (error) {
    leaveFor(error);
  }
  return { upstream, env };
}

/** The environment for an app beside the embedded upstream; the session password survives a restart. */
function embeddedEnvironment(upstream: Upstream | null): Record<string, string> {
  mkdirSync(FOLDER, { recursive: true });
  const passwordFile = `${FOLDER}/session-password`;
  if (!existsSync(passwordFile))
    writeFileSync(passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return {
    NEXT_TELEMETRY_DISABLED: '1',
    SESSION_PASSWORD: readFileSync(passwordFile, 'utf8'),
    APP_URL: `http://localhost:${port()}`,
    LAB: '1',
    ...(upstream ? { UPSTREAM_URL: upstream.url, UPSTREAM_PATHS: EMBEDDED_PATHS, SAMPLE_BACKEND: '1' } : {}),
    ...(process.env as Record<string, string>),
  };
}

/** Leaves before a minute of building, not after it. */
async function checkPort(): Promise<void> {
  if (!/^\d+$/.test(port()) || Number(port()) > 65_535)
    leaveFor(new SettingsError(['PORT must be a whole number up to 65535.']));
  const probe = createServer();
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    probe.once('error', resolve).listen(Number(port()), '127.0.0.1', () => resolve(null));
  });
  if (error)
    leaveFor(
      `Port ${port()} cannot be had (${error.code}): choose another, such as PORT=${Number(port()) + 1}.`,
    );
  await new Promise((resolve) => probe.close(resolve));
}

/** Resolves once the app answers, so that what we say comes after what Next says. */
export async function untilServing(): Promise<true> {
  const answers = () =>
    fetch(`http://127.0.0.1:${port()}/api/health`).then(
      () => true,
      () => false,
    );
  while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 200));
  return true;
}

/** A Next command, as a script for Node. */
export const nextCommand = (...args: readonly string[]): readonly string[] => [nextBin, ...args];

/** Runs a script in a Node process of its own, with our terminal and our signals. */
export function runNode(
  command: readonly string[],
  env: Record<string, string | undefined>,
  stdout: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  const child = spawn(process.execPath, command, {
    stdio: ['inherit', stdout, 'inherit'],
    env: env as NodeJS.ProcessEnv,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return child;
}

/** Resolves with the exit code of a process. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
