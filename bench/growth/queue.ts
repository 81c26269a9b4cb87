import { execFileSync } from 'node:child_process';
import axios, { AxiosError, AxiosHeaders, type AxiosAdapter, type AxiosInstance } from 'axios';
import { table } from '../lib/report.ts';
import { number, spread, summary } from '../lib/stats.ts';
import { withEngine } from '../engine/instances.ts';

const REQUESTS = 10_000;

interface Bytes {
  /** A request that its adapter has not answered, without an engine. */
  readonly pending: number;
  /** A request that was answered 401 and waits in the queue. */
  readonly queued: number;
}

function usedBytes(): number {
  for (let times = 0; times < 3; times += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function weigh(http: AxiosInstance): Promise<{ bytes: number; kept: unknown }> {
  const before = usedBytes();
  const kept = Array.from({ length: REQUESTS }, (_, index) => http.get(`/api/${index}`));
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return { bytes: (usedBytes() - before) / REQUESTS, kept };
}

async function weighBoth(): Promise<Bytes> {
  // What is on its way is held by its socket.
  const sockets: unknown[] = [];
  const never: AxiosAdapter = (config) => new Promise((resolve) => sockets.push({ config, resolve }));
  let refused = 0;
  const expired: AxiosAdapter = async (config) => {
    // The refresh itself is never answered: all others wait for it.
    if (config.url === '/refresh') return new Promise(() => undefined);
    refused += 1;
    const headers = new AxiosHeaders({ 'X-Reseal-Reason': 'token_expired', 'X-Reseal-Version': '1' });
    const response = { data: '', status: 401, statusText: '', headers, config };
    throw new AxiosError('401', AxiosError.ERR_BAD_REQUEST, config, undefined, response);
  };
  const bare = await weigh(axios.create({ adapter: never }));
  const engine = await weigh(withEngine(axios.create({ adapter: expired })));
  if (refused !== REQUESTS) throw new Error(`${refused} requests were refused.`);
  return { pending: bare.bytes, queued: engine.bytes };
}

/** Weighs in a process of its own each time. */
export function queue(runs: number): Bytes[] {
  return Array.from({ length: runs }, () => {
    const output = execFileSync(process.execPath, ['--expose-gc', import.meta.filename], {
      encoding: 'utf8',
    });
    return JSON.parse(output) as Bytes;
  });
}

export function queueTable(all: readonly Bytes[]): string {
  const row = (what: string, pick: (one: Bytes) => number) => [
    what,
    spread(summary(all.map((one) => pick(one) / 1024)), 1),
  ];
  return table(
    [`${number(REQUESTS, 0)} requests`, 'KB each'],
    [
      row('pending in axios alone, not answered yet', ({ pending }) => pending),
      row('in the queue, with the 401 that they were answered', ({ queued }) => queued),
      row(
        'the difference: 401, its error, the place in the queue',
        ({ pending, queued }) => queued - pending,
      ),
    ],
  );
}

if (import.meta.main) {
  console.log(JSON.stringify(await weighBoth()));
  process.exit(0);
}
