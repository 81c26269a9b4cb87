import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from './backend.ts';
import type { Call, Client, Outcome } from './peers/peer.ts';

export interface Setting {
  readonly backend: Backend;
  readonly client: Client;
}

export interface Verdict {
  /** `null` where the library has nothing of the kind. */
  readonly pass: boolean | null;
  readonly saw: string;
}

export interface Scenario {
  readonly name: string;
  /** What passes. */
  readonly passes: string;
  run(setting: Setting): Promise<Verdict>;
}

type Seen = Outcome | { readonly kind: 'hangs' };
const HANGS_AFTER_MS = 2500;

/** Waits for an outcome; one that does not come in time hangs. */
async function see(outcome: Promise<Outcome>, boundMs = HANGS_AFTER_MS): Promise<Seen> {
  return Promise.race([outcome, pause(boundMs, { kind: 'hangs' } as const, { ref: false })]);
}

const seeAll = (outcomes: readonly Promise<Outcome>[], boundMs?: number) =>
  Promise.all(outcomes.map((outcome) => see(outcome, boundMs)));

const word = (seen: Seen): string => {
  if (seen.kind !== 'failed') return seen.kind;
  const says = seen.says.replace(/^ERR_BAD_RE(QUEST|SPONSE)$/, 'error');
  return seen.status ? `${says} ${seen.status}` : says;
};

/** `2 answered, 1 hangs` */
function tally(all: readonly Seen[]): string {
  const counts = new Map<string, number>();
  for (const seen of all) counts.set(word(seen), (counts.get(word(seen)) ?? 0) + 1);
  if (all.length === 1) return word(all[0]!);
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
}

const isAnswered = ({ kind }: Seen) => kind === 'answered';
const list = (...parts: (string | false | undefined)[]) => parts.filter(Boolean).join('; ');
const paths = (count: number) => Array.from({ length: count }, (_, index) => `/api/${index}`);

async function parallel({ backend, client }: Setting, count: number, boundMs: number): Promise<Verdict> {
  backend.expire();
  const all = await seeAll(
    paths(count).map((path) => client.send({ path })),
    boundMs,
  );
  return { pass: all.every(isAnswered) && backend.refreshes === 1, saw: tally(all) };
}

/** Three requests meet a 401, a fourth is made during the refresh, and the refresh fails. What is left afterwards? */
async function failing({ backend, client }: Setting, refresh: 'is unavailable' | 'hangs'): Promise<Verdict> {
  backend.expire();
  backend.refresh = refresh;
  backend.refreshMs = 300;
  const sent = paths(3).map((path) => client.send({ path }));
  while (backend.refreshes === 0) await pause(5);
  const all = await seeAll([...sent, client.send({ path: '/api/held' })]);
  backend.refresh = 'succeeds';
  const isCanceled = all.some((seen) => seen.kind === 'failed' && /cancel/i.test(seen.says));
  // Back on its feet? Anyone who asks may have to ask again while a cooldown lasts.
  let after: Seen = { kind: 'hangs' };
  for (const deadline = performance.now() + 2500; performance.now() < deadline && !isAnswered(after);) {
    after = await see(client.send({ path: '/api/after' }), deadline - performance.now());
    if (!isAnswered(after)) await pause(100);
  }
  const isSettled = all.every(({ kind }) => kind === 'failed');
  return {
    pass: isSettled && !isCanceled && client.logouts === 0 && isAnswered(after),
    saw: list(
      tally(all),
      client.logouts > 0 && 'logged out',
      !isAnswered(after) && `afterwards ${word(after)}`,
    ),
  };
}

/** Two requests wait for a slow refresh; one of them is given up. */
async function givenUp(
  { backend, client }: Setting,
  call: Partial<Call>,
  giveUp: () => void,
): Promise<Verdict> {
  backend.expire();
  backend.refreshMs = 1200;
  const other = client.send({ path: '/api/other' });
  const one = client.send({ path: '/api/one', ...call });
  const startedAt = performance.now();
  const before = await see(one, 300);
  giveUp();
  const seen = await see(one);
  const tookMs = performance.now() - startedAt;
  const stayed = await see(other);
  await pause(150);
  const sent = backend.trips.filter(({ path }) => path === '/api/one').length;
  if (before.kind !== 'hangs') return { pass: false, saw: `did not wait: ${word(before)}` };
  const isPrompt = seen.kind === 'failed' && tookMs < 800;
  return {
    pass: isPrompt && sent === 1 && isAnswered(stayed),
    saw: list(
      isPrompt ? 'settled in time' : `${word(seen)} after ${(tookMs / 1000).toFixed(1)} s`,
      sent > 1 && 'was sent again',
      !isAnswered(stayed) && `the other: ${word(stayed)}`,
    ),
  };
}

const times = (count: number) => `${count} ${count === 1 ? 'run' : 'runs'}`;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'three parallel 401s',
    passes: 'all answered, one refresh',
    run: (setting) => parallel(setting, 3, HANGS_AFTER_MS),
  },
  {
    name: 'late 401',
    passes: 'a 401 that was on its way while another one was refreshed is replayed without a second refresh',
    async run({ backend, client }) {
      backend.expire();
      const release = backend.hold('/api/late');
      const late = client.send({ path: '/api/late' });
      while (backend.trips.length === 0) await pause(5);
      const early = await see(client.send({ path: '/api/early' }));
      await pause(50);
      release();
      const all = [early, await see(late)];
      return { pass: all.every(isAnswered) && backend.refreshes === 1, saw: tally(all) };
    },
  },
  {
    name: 'refresh fails (503)',
    passes:
      'three 401s and a request made during the refresh: each fails with an error that is no cancel, no session is lost, later requests work',
    run: (setting) => failing(setting, 'is unavailable'),
  },
  { name: 'refresh hangs', passes: 'the same', run: (setting) => failing(setting, 'hangs') },
  {
    name: 'abort in the queue',
    passes: 'settles within 0.5 s, is not sent again, the other is answered',
    run(setting) {
      const controller = new AbortController();
      return givenUp(setting, { signal: controller.signal }, () => controller.abort());
    },
  },
  {
    name: 'timeout in the queue',
    passes: 'a request with a timeout of 0.4 s settles by 0.8 s, is not sent again, the other is answered',
    run: (setting) => givenUp(setting, { timeoutMs: 400 }, () => {}),
  },
  {
    name: 'transform once',
    passes: '`transformRequest` runs once, the replay has the bytes of the first trip',
    async run({ backend, client }) {
      backend.expire();
      let runs = 0;
      const transform = (body: unknown) => {
        runs += 1;
        return JSON.stringify({ wrapped: body });
      };
      const seen = await see(client.send({ path: '/api/body', body: { a: 1 }, transform }));
      const [first, second] = backend.trips;
      const isSame = first !== undefined && first.body === second?.body;
      return {
        pass: isAnswered(seen) && runs === 1 && isSame,
        saw: list(
          times(runs),
          second && !isSame && 'the replay was wrapped twice',
          !isAnswered(seen) && word(seen),
        ),
      };
    },
  },
  {
    name: 'interceptors once',
    passes: 'other people’s request and response interceptors run once per logical request',
    async run({ backend, client }) {
      backend.expire();
      if (!client.http) return { pass: null, saw: 'has none' };
      let [requests, responses] = [0, 0];
      client.http.interceptors.request.use((config) => {
        if (!config.url?.endsWith('/call')) return config;
        requests += 1;
        config.headers.set('X-Runs', String(requests));
        return config;
      });
      const count = (config?: { url?: string | undefined }) =>
        void (responses += Number(config?.url?.endsWith('/call')));
      client.http.interceptors.response.use(
        (response) => {
          count(response.config);
          return response;
        },
        (error: { config?: { url?: string } }) => {
          count(error.config);
          throw error;
        },
      );
      const seen = await see(client.send({ path: '/api/call' }));
      return {
        pass: isAnswered(seen) && requests === 1 && responses === 1,
        saw: list(`${requests} × request, ${responses} × response`, !isAnswered(seen) && word(seen)),
      };
    },
  },
  {
    name: 'stream body',
    passes: 'the consumed stream is refused or sent whole, never sent empty',
    async run({ backend, client }) {
      const body = () => Readable.from([Buffer.from('all of it')]);
      const before = await see(client.send({ path: '/api/before', body: body() }));
      backend.expire();
      const seen = await see(client.send({ path: '/api/stream', body: body() }));
      const last = backend.trips.at(-1);
      const isEmpty = last?.path === '/api/stream' && last.status === 200 && last.body !== 'all of it';
      return {
        pass: seen.kind !== 'hangs' && !isEmpty,
        saw: list(
          isEmpty ? 'sent empty, 200' : isAnswered(seen) ? 'sent whole' : `refused: ${word(seen)}`,
          !isAnswered(before) && 'cannot send streams at all',
        ),
      };
    },
  },
  {
    name: '1000 parallel',
    passes: 'all answered, one refresh',
    run: (setting) => parallel(setting, 1000, 20_000),
  },
];
