import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'redis';
import type { Certificates } from './certificates.ts';
import type { StoreSettings } from '../server/settings/fromEnv.ts';
import { readRedisAddress } from '../server/settings/redisAddress.ts';

const BINARY = process.env['REDIS_SERVER'] ?? 'redis-server';
const isThere = spawnSync(BINARY, ['--version']).status === 0;

/** Describes what needs a real Redis; where there is none it is skipped, and says so. */
export function describeWithRedis(title: string, body: () => void): void {
  if (!isThere) console.warn(`SKIPPED: no redis-server (apt-get install redis-server): ${title}`);
  (isThere ? describe : describe.skip)(title, body);
}

/** A Redis of one's own: a free port, a folder that goes with it. */
export interface RedisServer {
  readonly url: string;
  /** The port that other servers and clients are to use: it speaks TLS where there are certificates. */
  readonly port: number;
  /** Runs one command, on a connection of the test's own. */
  command<T = unknown>(...args: string[]): Promise<T>;
  /** Every key with its value as text: a string, or the words of a hash. */
  dump(): Promise<Record<string, string>>;
  /** Lets it hang: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Stops it; what it knows is on the disk. */
  stop(): Promise<void>;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and with what it knew. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** The settings of a store at such a `REDIS_URL`. */
export function redisAt(url: string): StoreSettings & { kind: 'redis' } {
  const address = readRedisAddress(url);
  if (!address) throw new Error('The test wrote a REDIS_URL that cannot be read.');
  return { kind: 'redis', address, sentinelPassword: null };
}

/** Finds a port that no one listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a redis-server that survives `stop` and `start` with its memory; `args` are its own. */
export function startRedis(...args: string[]): Promise<RedisServer> {
  return startServer(() => ['--save', '', '--appendonly', 'yes', ...args]);
}

/** Starts a redis-server that speaks TLS beside the test's own plain port, and to other servers. */
export function startSecureRedis(certificates: Certificates, ...args: string[]): Promise<RedisServer> {
  return startServer(
    () => ['--save', '', '--appendonly', 'yes', '--tls-replication', 'yes', ...args],
    certificates,
  );
}

/** Starts a Sentinel with such a configuration, which it amends itself. */
export function startSentinel(configuration: string, certificates?: Certificates): Promise<RedisServer> {
  return startServer(async (folder) => {
    const file = join(folder, 'sentinel.conf');
    await writeFile(file, configuration);
    return [file, '--sentinel', ...(certificates ? ['--tls-replication', 'yes'] : [])];
  }, certificates);
}

/** Finds a port below which a cluster node has room: it takes the port 10000 above for itself. */
async function lowPort(): Promise<number> {
  const port = await freePort();
  return port > 55_000 ? lowPort() : port;
}

async function startServer(
  argsIn: (folder: string) => string[] | Promise<string[]>,
  certificates?: Certificates,
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'reseal-redis-'));
  const args = await argsIn(folder);
  const port = await lowPort();
  const tlsPort = certificates && (await lowPort());
  const tls = certificates
    ? [
        '--tls-port', `${tlsPort}`, '--tls-cert-file', certificates.certFile, '--tls-key-file', certificates.keyFile,
        '--tls-ca-cert-file', certificates.caFile, '--tls-auth-clients', 'no',
      ]
    : []; // prettier-ignore
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  async function open() {
    const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    return client.connect();
  }

  async function command<T>(...words: string[]): Promise<T> {
    const client = await open();
    try {
      return await client.sendCommand<T>(words);
    } finally {
      client.destroy();
    }
  }

  async function start(): Promise<void> {
    const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder];
    child = spawn(BINARY, [...args, ...own, ...tls], { stdio: 'ignore' });
    for (let tries = 0; ; tries += 1) {
      const isUp = await command('PING').then(
        (reply) => reply === 'PONG',
        () => false,
      );
      if (isUp) return;
      if (tries > 250 || child.exitCode !== null) throw new Error('redis-server did not start');
      await wait(20);
    }
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const old = child;
    child = null;
    if (!old || old.exitCode !== null) return;
    const gone = new Promise((resolve) => old.once('exit', resolve));
    old.kill('SIGCONT');
    old.kill(signal);
    await gone;
  }

  await start();
  return {
    url,
    port: tlsPort ?? port,
    command,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async dump() {
      const keys = await command<string[]>('KEYS', '*');
      const read: Record<string, string> = {};
      // DUMP would compress: a secret must be looked for in the plain value.
      for (const key of keys) {
        const isHash = (await command('TYPE', key)) === 'hash';
        read[key] = String(await command(isHash ? 'HGETALL' : 'GET', key));
      }
      return read;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async close() {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
