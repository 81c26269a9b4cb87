import { fork, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { PASSWORD } from './app.ts';
import { protections } from './protections.ts';
import type { RawJob, RawLoad } from './rawLoad.ts';
import { mintCookies } from './seals.ts';

/*
 * CPU time of a proxied GET: the front door of `npm start` against the least that forwards a request. It needs no
 * package of bench/ and the production build of the app. CPU counts less who else is on the machine.
 *
 *   CPU_ROUNDS=21 CPU_REQUESTS=1000 node bench/server/cpu.ts
 *   CPU_BEFORE=../before CPU_CONNECTIONS=50 node bench/server/cpu.ts   beside the front door of another checkout
 *   CPU_UPSTREAMS=1 CPU_CONNECTIONS=50 node bench/server/cpu.ts        what a second and an eighth upstream cost
 *   CPU_PROTECTIONS=1 CPU_CONNECTIONS=50 node bench/server/cpu.ts      what each protection of the proxy costs
 */
const ROUNDS = Number(process.env['CPU_ROUNDS'] ?? 21);
const REQUESTS = Number(process.env['CPU_REQUESTS'] ?? 1000);
const CONNECTIONS = (process.env['CPU_CONNECTIONS'] ?? '1,50,200').split(',').map(Number);

interface Target {
  readonly url: string;
  readonly pid: number;
}

const children: ChildProcess[] = [];
process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));

function forked(script: string, env: Readonly<Record<string, string>> = {}): Promise<Target> {
  const child = fork(`${import.meta.dirname}/${script}`, { env: { ...process.env, ...env } });
  children.push(child);
  return new Promise((resolve) =>
    child.once('message', (url) => resolve({ url: String(url), pid: child.pid ?? 0 })),
  );
}

/** The first field of proc(5) schedstat, in ns, of every thread: proc(5) stat counts in ticks of 10 ms. */
function cpuUs(pid: number): number {
  const ns = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1000;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** So many upstreams besides the one that is called. */
function furtherUpstreams(count: number, upstreamUrl: string): Record<string, string> {
  const named = Array.from({ length: count }, (_, at) => [
    [`UPSTREAM_B${at}_URL`, upstreamUrl],
    [`UPSTREAM_B${at}_PATHS`, `/other/of/${at},/more-${at}`],
    [`UPSTREAM_B${at}_TOKEN`, 'user'],
  ]);
  return Object.fromEntries(named.flat()) as Record<string, string>;
}

async function startApp(
  command: readonly string[],
  upstreamUrl: string,
  { without = '', further = 0 } = {},
): Promise<Target> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    APP_URL: url, PORT: `${port}`, HOSTNAME_TO_BIND: '127.0.0.1', UPSTREAM_URL: upstreamUrl, UPSTREAM_PATHS: '/notes',
    SESSION_PASSWORD: PASSWORD, WITHOUT: without, LOG_LEVEL: 'warn', NODE_ENV: 'production' as const, UPSTREAM_CONCURRENCY_PER_SESSION: '1000',
    ...furtherUpstreams(further, upstreamUrl),
  }; // prettier-ignore
  const child = spawn(
    process.execPath,
    [...command, ...(command.includes('start') ? ['-p', `${port}`, '-H', '127.0.0.1'] : [])],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env },
    },
  );
  children.push(child);
  for (let tries = 0; tries < 300; tries += 1) {
    if (
      await fetch(`${url}/api/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { url, pid: child.pid ?? 0 };
    await pause(100);
  }
  throw new Error('The app does not start.');
}

const load = fork(`${import.meta.dirname}/rawLoad.ts`);
children.push(load);
const fire = (job: RawJob) =>
  new Promise<RawLoad>((resolve, reject) => {
    load.once('message', (answer: RawLoad | { error: string }) =>
      'error' in answer ? reject(new Error(answer.error)) : resolve(answer),
    );
    load.send(job);
  });

async function sample({ url, pid }: Target, job: Omit<RawJob, 'url'>) {
  const before = cpuUs(pid);
  const { failures, perSecond } = await fire({ ...job, url: `${url}/api/upstream/notes` });
  if (failures > 0) throw new Error(`${failures} requests failed`);
  return { us: (cpuUs(pid) - before) / job.requests, perSecond };
}

async function sessionCookie({ url }: Target): Promise<string> {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Reseal': '1' },
    body: JSON.stringify({ username: 'ada', password: 'lovelace' }),
  });
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

const at = (share: number) => (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;
const median = at(0.5);
/** Of a time, where others use the machine too: what disturbs only adds. */
const lowDecile = at(0.1);

const upstream = await forked('upstream.ts');
const next = 'node_modules/next/dist/bin/next';
const before = process.env['CPU_BEFORE'];
const targets: Record<string, Target> = {
  through: await forked('through.ts', { UPSTREAM_URL: upstream.url }),
  ...(before ? { before: await startApp([`${before}/scripts/start.ts`], upstream.url) } : {}),
  door: await startApp(['scripts/start.ts'], upstream.url),
  ...(process.env['CPU_NEXT'] ? { next: await startApp([next, 'start'], upstream.url) } : {}),
};
if (process.env['CPU_UPSTREAMS'])
  for (const further of [1, 7])
    targets[`door, ${further} further upstreams`] = await startApp(['scripts/start.ts'], upstream.url, {
      further,
    });
if (process.env['CPU_PROTECTIONS']) {
  const command = ['--import', './bench/server/protections.ts', 'scripts/start.ts'];
  for (const name of [...protections, protections.join(',')])
    targets[name.includes(',') ? 'without all of them' : `without ${name}`] = await startApp(
      command,
      upstream.url,
      { without: name },
    );
}
const cookieOf: Record<string, string> = { through: await sessionCookie(targets['door']!) };
for (const name of Object.keys(targets)) cookieOf[name] ??= await sessionCookie(targets[name]!);
/** More than the app keeps opened, in a circle: it finds none of them. */
const fresh = await mintCookies(10_500);
let used = 0;

const headers = {
  'X-Reseal': '1',
  Accept: 'application/json',
  'User-Agent': 'bench',
  'Accept-Encoding': 'gzip',
};
const unused = (count: number) => Array.from({ length: count }, () => fresh[used++ % fresh.length]!);
const names = [...Object.keys(targets), 'door, never-seen cookies'];
const run = (name: string, connections: number, requests = REQUESTS) => {
  const target = targets[name] ?? targets['door']!;
  const own = targets[name]
    ? { headers: { ...headers, Cookie: cookieOf[name]! } }
    : { headers, cookies: unused(requests) };
  return sample(target, { connections, requests, ...own });
};
for (const name of names) await run(name, 20);
for (const connections of CONNECTIONS) {
  const rows: Record<string, { us: number; perSecond: number }[]> = Object.fromEntries(
    names.map((name) => [name, []]),
  );
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of round % 2 ? names.toReversed() : names) rows[name]!.push(await run(name, connections));
  const base = rows['through']!;
  for (const name of names) {
    const own = rows[name]!;
    const ratio = median(own.map(({ us }, round) => us / base[round]!.us));
    const us = lowDecile(own.map((one) => one.us));
    const speed = median(own.map((one) => one.perSecond));
    console.log(
      `${connections} connections  ${name.padEnd(44)} ${us.toFixed(0).padStart(5)} µs CPU  ÷ pass-through ${ratio.toFixed(2)}  ${speed.toFixed(0)}/s`,
    );
  }
  if (before) {
    const ratio = median(rows['door']!.map(({ us }, at) => us / rows['before']![at]!.us));
    console.log(`${connections} connections  door ÷ before ${ratio.toFixed(3)}`);
  }
}
process.exit(0);
