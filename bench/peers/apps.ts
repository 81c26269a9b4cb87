import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { startInstance, type Environment } from '../../testing/production.ts';
import { environmentOf } from './peer.ts';

const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
/** Where the app of a peer is. */
export const folderOf = (app: string): string => `${import.meta.dirname}/apps/${app}`;

/** Builds an app; `again: false` is content with the build that is there. */
export function buildPeerApp(app: string, { again = true } = {}): void {
  const folder = folderOf(app);
  if (!again && existsSync(`${folder}/.next/BUILD_ID`)) return;
  // Some libraries look at their settings when their module is loaded; what counts is those of the start.
  const [appUrl, issuerUrl] = ['http://127.0.0.1:9', 'http://localhost:9/'];
  const settings = environmentOf({ appUrl, issuerUrl, upstreamUrl: appUrl, apiUrl: appUrl });
  const env = { ...settings, NEXT_PUBLIC_WORKOS_REDIRECT_URI: undefined, DATABASE_FILE: ':memory:' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [next, 'build', folder], {
    encoding: 'utf8',
    env: { ...process.env, ...env, NODE_ENV: 'production' },
  });
  if (status !== 0) throw new Error(`${app} does not build.\n${stdout}\n${stderr}`);
}

/** The command that serves the build of a folder. */
export const nextStart = (folder: string): string[] => [next, 'start', folder, '-H', '127.0.0.1'];

/** Starts a built app, and waits until its page is served. */
export const startPeerApp = (app: string, env: Environment) =>
  startInstance(env, { command: nextStart(folderOf(app)), path: '/' });
