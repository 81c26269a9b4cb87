import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Instance } from '../../testing/production.ts';
import { until } from '../../testing/until.ts';
import { cpuUsOf, forked, pin, residentBytesOf } from '../frontDoor/processes.ts';
import { AROUND } from '../frontDoor/targets.ts';
import { table } from '../lib/report.ts';
import { number, spread, summary, turnOf } from '../lib/stats.ts';
import { signIn } from '../load/stopping.ts';
import { startMeasured } from './door.ts';

const AT_A_TIME = 50;
/** Sockets that a process carries before it is weighed. */
const WARM_UP = 50;
const ORIGIN = 'http://127.0.0.1';
/** How long the process is left alone before it is weighed, and while its idle CPU is counted. */
const [REST_MS, IDLE_MS] = [300, 3000];

/** What so many open sockets cost, and how fast they end with their session. */
interface Row {
  readonly sockets: number;
  readonly sessions: number;
  /** Bytes in use of V8 and its buffers with the sockets, less without them. */
  readonly inUseEach: number;
  /** Resident memory of the process tree, likewise. */
  readonly residentEach: number;
  readonly idleCpuPercent: number;
  /** From the answer of the logout to the last socket's end. */
  readonly endedMs: number;
  /** Those that ended with another code than 4401. */
  readonly wrong: number;
}

type Door = Pick<Instance, 'url' | 'pid' | 'output'>;

async function open(door: Door, cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(`${door.url.replace('http', 'ws')}/api/upstream/live`, {
    headers: { Origin: ORIGIN, Cookie: cookie },
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  return socket;
}

async function openMany(door: Door, count: number, cookies: readonly string[]): Promise<WebSocket[]> {
  const all: WebSocket[] = [];
  while (all.length < count) {
    const from = all.length;
    const more = Array.from({ length: Math.min(AT_A_TIME, count - from) }, (_, at) =>
      open(door, cookies[(from + at) % cookies.length]!),
    );
    all.push(...(await Promise.all(more)));
  }
  // Each has carried a message both ways: its buffers are there.
  for (const socket of all) {
    const echo = once(socket, 'message');
    socket.send('hello');
    await echo;
  }
  return all;
}

/** The cookies of so many sessions of one person. */
async function signInMany({ url }: Door, sessions: number): Promise<string[]> {
  const cookies: string[] = [];
  while (cookies.length < sessions) {
    const count = Math.min(AT_A_TIME, sessions - cookies.length);
    cookies.push(...(await Promise.all(Array.from({ length: count }, () => signIn(url)))));
  }
  return cookies;
}

/** What the process holds once everything is freed that can be. */
async function weigh({ pid, output }: Door) {
  const told = () => [...output().matchAll(/in use: (\d+)/g)];
  for (let times = 0; times < 2; times += 1) {
    const before = told().length;
    process.kill(pid, 'SIGUSR2');
    await until(async () => told().length > before, { what: 'the garbage collection' });
    await pause(REST_MS);
  }
  return { inUse: Number(told().at(-1)?.[1]), resident: residentBytesOf(pid) };
}

async function measureOnce(
  door: Door,
  { sockets: count, sessions }: SocketPlan,
  idleMs = IDLE_MS,
): Promise<Row> {
  const cookies = await signInMany(door, sessions);
  const before = await weigh(door);
  const sockets = await openMany(door, count, cookies);
  const after = await weigh(door);
  const idleFrom = cpuUsOf(door.pid);
  await pause(idleMs);
  const idleCpuPercent = (cpuUsOf(door.pid) - idleFrom) / idleMs / 10;
  const codes = sockets.map((socket) => once(socket, 'close') as Promise<[number]>);
  const response = await fetch(`${door.url}/api/logout`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Reseal': '1', Cookie: cookies[0]! },
    body: JSON.stringify({ everywhere: sessions > 1 }),
  });
  if (response.status !== 204) throw new Error(`The logout was answered ${response.status}.`);
  const loggedOutMs = performance.now();
  const ended = await Promise.all(codes);
  const endedMs = performance.now() - loggedOutMs;
  const wrong = ended.filter(([code]) => code !== 4401).length;
  return {
    sockets: count,
    sessions,
    inUseEach: (after.inUse - before.inUse) / count,
    residentEach: (after.resident - before.resident) / count,
    idleCpuPercent,
    endedMs,
    wrong,
  };
}

/** So many sockets of so many sessions. */
export interface SocketPlan {
  readonly sockets: number;
  readonly sessions: number;
}

/** Opens, weighs and ends the sockets of each plan in a process of its own: what one has freed it does not give back. */
export async function openSockets(plans: readonly SocketPlan[], rounds: number): Promise<Row[]> {
  pin(process.pid, AROUND);
  const upstream = await forked(`${import.meta.dirname}/socketUpstream.ts`);
  const rows: Row[] = [];
  for (let round = 0; round < rounds; round += 1)
    for (const plan of turnOf(plans, round)) {
      const { instance } = await startMeasured('door', upstream.url, {
        env: {
          UPSTREAM_PATHS: '/live',
          UPSTREAM_WEBSOCKETS: 'true',
          UPSTREAM_CONCURRENCY_PER_SESSION: `${plan.sockets + WARM_UP}`,
        },
        command: ['--expose-gc', '--import', `${import.meta.dirname}/gcOnSignal.ts`, 'scripts/start.ts'],
      });
      await measureOnce(instance, { sockets: WARM_UP, sessions: 1 }, 1);
      rows.push(await measureOnce(instance, plan));
      await instance.kill();
    }
  return rows;
}

export function socketsTable(rows: readonly Row[]): string {
  const groups = [...Map.groupBy(rows, ({ sockets, sessions }) => `${sockets} ${sessions}`).values()];
  const of = (group: readonly Row[], what: keyof Row, by = 1) => summary(group.map((row) => row[what] * by));
  return table(
    [
      'sockets',
      'sessions',
      'in use, KB a socket',
      'resident, KB a socket',
      'CPU while idle, %',
      'all closed after the logout, ms',
      'closed otherwise',
    ],
    groups.map((group) => [
      number(group[0]!.sockets, 0),
      number(group[0]!.sessions, 0),
      spread(of(group, 'inUseEach', 1 / 1024), 1),
      spread(of(group, 'residentEach', 1 / 1024), 0),
      number(of(group, 'idleCpuPercent').median, 1),
      spread(of(group, 'endedMs'), 0),
      number(
        group.reduce((sum, { wrong }) => sum + wrong, 0),
        0,
      ),
    ]),
  );
}
