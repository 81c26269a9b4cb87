import { setTimeout as pause } from 'node:timers/promises';
import { createUpstream, type Upstream } from '../../upstream/createUpstream.ts';
import { RawClient, requestText } from '../server/edges/rawClient.ts';
import { Browser } from '../../testing/browser.ts';
import {
  ensureBuild,
  productionEnvironment,
  startInstance,
  type Instance,
} from '../../testing/production.ts';
import { until } from '../../testing/until.ts';

jest.setTimeout(300_000);

const STREAMS = 600;
const UPLOADS = 50;
const PER_SECOND = 200;
const SECONDS = Number(process.env['SIEGE_SECONDS'] ?? 5);
/** Half of what the mallory asks for: the other half is refused. */
const PER_SESSION = 256;

let upstream: Upstream;
let app: Instance;
const clients: RawClient[] = [];

beforeAll(async () => {
  await ensureBuild();
  upstream = await createUpstream({ accessTtlSeconds: 600 });
  app = await startInstance({
    ...productionEnvironment(upstream.url, 'http://127.0.0.1:3000'),
    METRICS_TOKEN: 'a-token-for-the-metrics',
  });
});
afterAll(async () => {
  clients.forEach((client) => client.close());
  await app?.kill();
  await upstream.close();
});

const metric = async (name: string): Promise<number> => {
  const headers = { Authorization: 'Bearer a-token-for-the-metrics' };
  const text = await (await fetch(`${app.url}/api/metrics`, { headers })).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
};

/** Calls of several people at a steady rate; answers what came of each, and how long it took. */
async function steadyCalls(people: readonly Browser[]) {
  const calls: Promise<{ readonly status: number; readonly ms: number }>[] = [];
  const startedMs = performance.now();
  for (let sent = 0; sent < PER_SECOND * SECONDS; sent += 1) {
    await pause(Math.max(0, startedMs + (sent / PER_SECOND) * 1000 - performance.now()));
    const atMs = performance.now();
    const call = people[sent % people.length]!.call('/api/upstream/me');
    calls.push(
      call.then(
        async (response) => {
          await response.arrayBuffer();
          return { status: response.status, ms: performance.now() - atMs };
        },
        () => ({ status: 0, ms: performance.now() - atMs }),
      ),
    );
  }
  const answers = await Promise.all(calls);
  const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return {
    failures: answers.filter(({ status }) => status !== 200),
    p99Ms: times[Math.floor(times.length * 0.99)] ?? NaN,
  };
}

test(`${STREAMS} event streams and ${UPLOADS} endless uploads of one person fail none of ${PER_SECOND} calls a second of others`, async () => {
  const [mallory, ...others] = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const browser = new Browser(app.url);
      await browser.login();
      return browser;
    }),
  );
  const grace = new Browser(app.url);
  await grace.login('grace', 'hopper');
  const healthy = [grace, ...others.slice(0, 3)];
  const calm = await steadyCalls(healthy);
  expect(calm.failures).toEqual([]);

  const headers = ['X-Reseal: 1', `Cookie: ${mallory!.cookie}`, 'Connection: keep-alive'];
  for (let opened = 0; opened < STREAMS; opened += 1)
    clients.push(new RawClient(app.url).send(requestText('GET /api/upstream/events', headers)));
  const refused = 'reseal_upstream_calls_refused_total{limit="session"}';
  await until(async () => (await metric(refused)) >= STREAMS - PER_SESSION, {
    what: 'the streams',
    withinMs: 60_000,
  });
  for (let opened = 0; opened < UPLOADS; opened += 1)
    clients.push(
      new RawClient(app.url).send(
        requestText('POST /api/upstream/echo', [...headers, 'Content-Length: 1000000'], 'x'),
      ),
    );
  // An upload that stays silent is refused after a while: on a slow machine the first before the last is open.
  await until(async () => (await metric('reseal_upstream_calls')) > PER_SESSION, { what: 'an upload' });

  const besieged = await steadyCalls(healthy);
  expect(besieged.failures).toEqual([]);
  expect((await mallory!.whoAmI()).status).toBe(200);
  expect((await fetch(`${app.url}/api/health?ready`)).status).toBe(200);
  console.info(
    `p99 of ${PER_SECOND} calls a second: ${calm.p99Ms.toFixed(1)} ms alone, ${besieged.p99Ms.toFixed(1)} ms beside the siege`,
  );

  clients.splice(0).forEach((client) => client.close());
  await until(async () => (await metric('reseal_upstream_calls')) === 0, { what: 'the end of the siege' });
});
