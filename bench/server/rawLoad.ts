import { connect } from 'node:net';

/* A load generator that costs little itself: `connections` sockets, one request at a time on each, from a process of its own. */

export interface RawJob {
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
  readonly headers: Readonly<Record<string, string>>;
  /** One for each request in turn, instead of the header `Cookie`. */
  readonly cookies?: readonly string[];
  /** One for each request in turn, instead of the path of `url`. */
  readonly paths?: readonly string[];
}

export interface RawLoad {
  readonly perSecond: number;
  readonly failures: number;
  /** From the first byte that was sent to the last that came. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

export async function rawLoad(job: RawJob): Promise<RawLoad> {
  const { url, connections, requests, headers, cookies } = job;
  const { hostname, port, pathname, search, host } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const paths = job.paths ?? [pathname + search];
  const heads = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}`);
  const times = new Float64Array(requests);
  let [sent, failures, answered] = [0, 0, 0];
  const next = () =>
    `${heads[sent % heads.length]!}${cookies ? `Cookie: ${cookies[sent % cookies.length]!}\r\n` : ''}\r\n`;

  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      let received: Buffer = Buffer.alloc(0);
      let sentMs = 0;
      const send = () => {
        if (sent >= requests) return void socket.end(resolve);
        const text = next();
        sent += 1;
        sentMs = performance.now();
        socket.write(text);
      };
      socket.once('connect', send).once('error', reject);
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        if (!isWhole(received)) return;
        if (!received.subarray(0, 13).toString('latin1').endsWith(' 200 ')) failures += 1;
        received = Buffer.alloc(0);
        times[answered] = performance.now() - sentMs;
        answered += 1;
        send();
      });
    });
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: connections }, one));
  const perSecond = (requests / (performance.now() - startedMs)) * 1000;
  times.sort();
  const at = (share: number) => times[Math.floor(share * (requests - 1))] ?? NaN;
  return { perSecond, failures, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Tells whether one answer, with a length or in chunks, is there to its end. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return false;
  const head = bytes.subarray(0, end).toString('latin1').toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return bytes.length >= end + 4 + Number(length);
  return bytes.subarray(-5).toString('latin1') === '0\r\n\r\n';
}

process.on('message', (job: RawJob) => {
  rawLoad(job).then(
    (load) => process.send?.(load),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
