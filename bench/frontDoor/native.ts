import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../testing/production.ts';
import { freePort } from '../../testing/redisServer.ts';
import { CLIENT_ID } from '../peers/issuer.ts';
import { cpuUsOf, residentBytesOf } from './processes.ts';

const MODULES = '/usr/lib/apache2/modules';
const APACHE_MODULES = [
  'mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'proxy', 'proxy_http', 'auth_openidc',
] as const; // prettier-ignore

/** Tells which of Debian's servers are installed. */
export const hasNative = (command: 'nginx' | 'apache2') =>
  spawnSync(command, ['-v']).status === 0 &&
  (command === 'nginx' || readdirSync(MODULES).includes('mod_auth_openidc.so'));

/** The version of a Debian package, without its epoch and revision. */
export function debianVersion(name: string): string {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' });
  return stdout.trim() || 'not installed';
}

/** nginx with one worker, which forwards every request over connections that it keeps. */
export async function startNginx(upstreamUrl: string): Promise<Instance> {
  const folder = newFolder();
  const port = await freePort();
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${join(folder, one)};`,
  );
  const config = `worker_processes 1; daemon off; pid ${join(folder, 'pid')}; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 120s; ${temps.join(' ')}
  upstream api { server ${new URL(upstreamUrl).host}; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=2048;
    location /api/upstream/ {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Cookie "";
      proxy_pass http://api/;
    }
  }
}`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const args = ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr'];
  return startNative('nginx', args, port);
}

export interface ApacheOptions {
  readonly issuerUrl: string;
  /** What `/api/call` asks with the bearer. */
  readonly callUrl: string;
  /** Where people reach it; its own address where nothing is in front of it. */
  readonly appUrl?: string;
  /** Where sessions are kept: shared memory of this one server where no Redis is named. */
  readonly redisUrl?: string;
}

/** Apache with mod_auth_openidc in its documented use, one process of threads: the bearer is put into a proxied request. */
export async function startApache(options: ApacheOptions): Promise<Instance> {
  const { issuerUrl, callUrl, redisUrl } = options;
  const folder = newFolder();
  const port = await freePort();
  const appUrl = options.appUrl ?? `http://127.0.0.1:${port}`;
  const cache = redisUrl
    ? `OIDCCacheType redis\nOIDCRedisCacheServer ${new URL(redisUrl).host}`
    : 'OIDCCacheType shm\nOIDCCacheShmMax 2000\nOIDCCacheShmEntrySizeMax 33000';
  const config = `ServerRoot ${folder}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${join(folder, 'pid')}
Mutex file:${folder} default
ErrorLog ${join(folder, 'error.log')}
LogLevel crit
User www-data
Group www-data
${APACHE_MODULES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
ServerLimit 1
StartServers 1
ThreadLimit 256
ThreadsPerChild 256
MaxRequestWorkers 256
ListenBacklog 2048
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 120
OIDCProviderMetadataURL ${issuerUrl}.well-known/openid-configuration
OIDCClientID ${CLIENT_ID}
OIDCClientSecret a-secret
OIDCProviderTokenEndpointAuth client_secret_post
OIDCRedirectURI ${appUrl}/oidc
OIDCCryptoPassphrase a-passphrase-that-two-servers-share
OIDCScope "openid profile email offline_access"
OIDCPassClaimsAs environment
OIDCRefreshAccessTokenBeforeExpiry 1
OIDCInfoHook userinfo id_token session
OIDCSessionInactivityTimeout 86400
${cache}
<Location /oidc>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /login>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /api/>
  AuthType openid-connect
  Require valid-user
  OIDCUnAuthAction 401
  RequestHeader set Authorization "expr=Bearer %{reqenv:OIDC_access_token}"
  RequestHeader unset Cookie
</Location>
ProxyPass /login ${callUrl}
ProxyPass /api/call ${callUrl}
`;
  writeFileSync(join(folder, 'apache.conf'), config);
  return startNative('apache2', ['-f', join(folder, 'apache.conf'), '-DFOREGROUND'], port);
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reseal-native-'));
  // Apache's threads run as another user.
  chmodSync(folder, 0o777);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a server in a process group of its own, and waits until it answers anything. */
async function startNative(command: string, args: readonly string[], port: number): Promise<Instance> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) break;
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return instanceOf(child, { url, output, exited });
    await pause(50);
  }
  throw new Error(`${command} does not start:\n${output.join('')}`);
}

function instanceOf(
  child: ChildProcess,
  { url, output, exited }: { url: string; output: string[]; exited: Promise<number | null> },
): Instance {
  const pid = child.pid ?? 0;
  const end = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, signal);
    return exited;
  };
  return {
    url,
    pid,
    output: () => output.join(''),
    memoryBytes: () => residentBytesOf(pid),
    cpuMs: () => cpuUsOf(pid) / 1000,
    exited,
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
  };
}
