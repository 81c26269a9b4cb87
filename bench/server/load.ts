import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

/** One run of the load generator. */
export interface Job {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A file with one cookie a line: each request brings the next one. */
  readonly cookieFile?: string;
}

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and errors: must be none. */
  readonly failures: number;
  readonly requests: number;
}

const files = new Map<string, string[]>();
let turn = 0;

async function run({ url, connections, seconds, headers, cookieFile }: Job): Promise<Load> {
  let fresh = {};
  if (cookieFile) {
    const cookies = files.get(cookieFile) ?? readFileSync(cookieFile, 'utf8').trim().split('\n');
    files.set(cookieFile, cookies);
    const next = () => ({ ...headers, Cookie: cookies[turn++ % cookies.length]! });
    fresh = { requests: [{ setupRequest: (request: object) => ({ ...request, headers: next() }) }] };
  }
  const result = await autocannon({ url, connections, duration: seconds, headers, ...fresh });
  return {
    perSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts,
    requests: result.requests.total,
  };
}

process.on('message', (job: Job) => {
  run(job).then(
    (load) => process.send?.(load),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
