import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** What tests need beside npm packages, and where it was found; `null` where it could not be had. */
export interface Provisions {
  readonly chromium: string | null;
  readonly redisServer: string | null;
}

function which(...names: readonly string[]): string | null {
  for (const name of names) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  return null;
}

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs Debian's packages, where we may; none of their services is started, here or on other addresses. */
export function installByApt(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  console.log(`Installing ${packages.join(', ')} by apt…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: readonly string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const hasPolicy = existsSync(POLICY);
  if (!hasPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  if (!hasPolicy) rmSync(POLICY);
}

/** Playwright's own browser, where apt cannot help; it downloads, so it may fail where the network is closed. */
async function playwrightChromium(): Promise<string | null> {
  const { chromium } = await import('@playwright/test');
  if (existsSync(chromium.executablePath())) return chromium.executablePath();
  if (process.env['CI']) return null;
  try {
    execFileSync(process.execPath, ['node_modules/@playwright/test/cli.js', 'install', 'chromium'], {
      stdio: 'inherit',
    });
  } catch {
    return null;
  }
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : null;
}

/** Finds chromium and redis-server, and installs what is missing where that is possible. */
export async function provision(): Promise<Provisions> {
  const find = () => ({
    chromium: which('chromium', 'chromium-browser', 'google-chrome'),
    redisServer: which('redis-server'),
  });
  const before = find();
  const missing = [before.chromium ? [] : ['chromium'], before.redisServer ? [] : ['redis-server']].flat();
  if (missing.length > 0) installByApt(missing);
  const after = find();
  return { ...after, chromium: after.chromium ?? (await playwrightChromium()) };
}

if (import.meta.main) {
  const { chromium, redisServer } = await provision();
  console.log(`chromium:     ${chromium ?? 'MISSING: the browser tests will be skipped'}`);
  console.log(`redis-server: ${redisServer ?? 'MISSING: the Redis tests will be skipped'}`);
}
