import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { freePort } from './redisServer.ts';

const nextBin = createRequire(import.meta.url).resolve('next/dist/bin/next');

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error('next start stopped before it was ready');
    const answer = await fetch(`${url}/api/health?ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('next start was not ready in time');
}

/** Starts `next start` with this environment; resolves once it answers. */
export async function startNext(env: Readonly<Record<string, string>>) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const lines: string[] = [];
  const child = spawn(process.execPath, [nextBin, 'start', '-H', '127.0.0.1', '-p', String(port)], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      SESSION_PASSWORD: randomBytes(32).toString('base64url'),
      UPSTREAM_PATHS: '/notes,/me,/events,/echo,/lab',
      APP_URL: url,
      LAB: '1',
      LOG_LEVEL: 'debug',
      ...env,
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  await untilReady(url, child);
  return {
    url,
    logged: () => lines.join(''),
    stop: () =>
      new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
