import autocannon from 'autocannon';

/** How often and for how long every target is asked. */
export interface LoadPlan {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
}

/** One run of the load generator. */
export interface Job {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and errors: must be none. */
  readonly failures: number;
  readonly requests: number;
}

async function run({ url, connections, seconds, headers }: Job): Promise<Load> {
  const result = await autocannon({ url, connections, duration: seconds, headers });
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
