import fc from 'fast-check';
import type { ReauthEvent } from '../../interceptors/reauthEvents.ts';
import { createTabs, settled, type FakeTabs, type Tab } from '../../interceptors/testing/tabs.ts';

/** Random histories of two tabs with one jar, and the promises of docs/architecture.md that each must keep. */

const REFRESH_MS = 10_000;
/** One trip and eight replays. */
const TRIPS = 9;
const BODY = '010203';

const tab = fc.nat(1);
const just = <T extends string>(...kinds: T[]) => fc.constantFrom(...kinds);
const weigh = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

const step = fc.oneof(
  weigh(6, fc.record({ do: just('send'), tab, timeout: fc.constantFrom(0, 0, 3000) })),
  weigh(3, fc.record({ do: just('sendHeld'), tab, gates: fc.integer({ min: 1, max: 2 }) })),
  weigh(3, fc.record({ do: just('sendBytes'), tab, how: just('transferred', 'overwritten') })),
  weigh(3, fc.record({ do: just('release'), which: fc.nat(5) })),
  weigh(4, fc.record({ do: just('expire') })),
  weigh(3, fc.record({ do: just('expireOnArrival'), count: fc.integer({ min: 1, max: 12 }) })),
  weigh(2, fc.record({ do: just('abort'), which: fc.nat(9) })),
  weigh(3, fc.record({ do: just('holdRefresh') })),
  weigh(2, fc.record({ do: just('refreshElsewhere') })),
  weigh(3, fc.record({ do: just('wait'), ms: fc.constantFrom(1, 500, 2000, 6000, 20_000) })),
  weigh(
    4,
    fc.record({
      do: just('script'),
      what: just(
        'lost',
        'hang',
        'upstream_unavailable',
        'misconfigured',
        'session_ended',
        'no_session',
        'not JSON',
      ),
    }),
  ),
  weigh(1, fc.record({ do: just('refresh'), tab })),
  weigh(1, fc.record({ do: just('login', 'logout'), tab, works: fc.boolean() })),
  weigh(1, fc.record({ do: just('loginElsewhere', 'logoutElsewhere') })),
);

/** What happens, and how long a token is said to live: 1 ms is over whenever it is looked at. */
export interface History {
  readonly lifeMs: number;
  readonly steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[];
}
export const histories: fc.Arbitrary<History> = fc.record({
  lifeMs: fc.constantFrom(1, 60_000),
  steps: fc.array(step, { maxLength: 25 }),
});

interface Sent {
  readonly url: string;
  readonly tab: Tab;
  readonly abort: AbortController;
  /** When the last step before its answer began: pauses that are over by then have been cut short. */
  readonly outcomes: string[];
  settledAtMs: number;
}

/** Lives through a history; returns what broke, empty where every promise was kept. */
export async function live({ lifeMs, steps }: History): Promise<string[]> {
  const fake = createTabs(2, { limits: { refreshMs: REFRESH_MS, lockMs: REFRESH_MS } });
  const { backend, clock, tabs } = fake;
  const broken: string[] = [];
  const sent: Sent[] = [];
  const gates: { release(): void }[] = [];
  let mayEnd = false;
  backend.setLife(lifeMs);
  // Each tab knows the life of its first token, as a page knows it from its props.
  for (const { reauth } of tabs) reauth.loggedIn(await backend.whoAmI());

  const send = (by: Tab, config: object, data?: ArrayBuffer) => {
    const request: Sent = { url: `/${sent.length}`, tab: by, abort: new AbortController(), outcomes: [], settledAtMs: 0 }; // prettier-ignore
    sent.push(request);
    const all = {
      url: request.url,
      method: data ? 'post' : 'get',
      data,
      signal: request.abort.signal,
      ...config,
    };
    const settle = (outcome: string) => {
      request.outcomes.push(outcome);
      request.settledAtMs = clock.now();
    };
    void by.http.request(all).then(({ status }) => settle(String(status)), (error) => settle(String(error.code))); // prettier-ignore
  };
  const changing: (() => void)[] = [];

  for (const now of steps) {
    switch (now.do) {
      case 'send':
        send(tabs[now.tab]!, { timeout: now.timeout });
        break;
      case 'sendHeld':
        for (let at = 0; at < now.gates; at++) gates.push(backend.hold(`/${sent.length}`));
        send(tabs[now.tab]!, {});
        break;
      case 'sendBytes': {
        const bytes = new Uint8Array([1, 2, 3]);
        send(tabs[now.tab]!, {}, bytes.buffer);
        const transfer = () => void structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
        changing.push(now.how === 'transferred' ? transfer : () => void bytes.fill(9));
        break;
      }
      case 'release':
        gates[now.which]?.release();
        break;
      case 'expire':
        backend.expire();
        break;
      case 'expireOnArrival':
        backend.expireOnArrival(now.count);
        break;
      case 'abort':
        sent[now.which]?.abort.abort();
        break;
      case 'holdRefresh':
        gates.push(backend.hold('refresh'));
        break;
      case 'refreshElsewhere': {
        await refreshElsewhere(fake, broken);
        break;
      }
      case 'wait':
        await clock.advance(now.ms);
        break;
      case 'script':
        mayEnd ||= now.what === 'session_ended' || now.what === 'no_session';
        backend.script(now.what === 'not JSON' ? () => '<html>' : (now.what as 'lost'));
        break;
      case 'refresh':
        tabs[now.tab]!.reauth.refresh().catch(() => {});
        break;
      case 'login':
      case 'logout': {
        mayEnd = true;
        const { reauth } = tabs[now.tab]!;
        void reauth
          .exclusive(async () => (now.works ? backend[now.do]() : Promise.reject(new Error('no'))))
          .then((info) => (info ? reauth.loggedIn(info) : reauth.loggedOut()))
          .catch(() => {});
        break;
      }
      case 'loginElsewhere':
        mayEnd = true;
        backend.login();
        break;
      case 'logoutElsewhere':
        mayEnd = true;
        backend.logout();
        break;
    }
    await settled();
    for (const change of changing.splice(0)) change();
  }
  // Everything that was held arrives. A request may be held back by one refresh and wait for the next.
  for (const gate of gates) gate.release();
  for (let turn = 0; turn < 12; turn++) await clock.advance(REFRESH_MS);
  return [...broken, ...judge(fake, sent, { mayEnd, lifeMs })];
}

/**
 * Refreshes as a third tab without the engine does; a tab in a pause must leave it before time goes on.
 *
 * A refresh that only expired requests wait for is over with it. One that the app called for asks the server again,
 * because the app wants a `SessionInfo` and the hint is none: there, the pause has ended when the call is sent.
 */
async function refreshElsewhere({ backend, tabs, clock }: FakeTabs, broken: string[]): Promise<void> {
  if (backend.readHint() === null || backend.running > 0) return;
  const pausing = tabs.filter(({ reauth }) => reauth.state === 'refreshing' && reauth.queued > 0);
  const before = pausing.map(({ events }) => events.length);
  const calls = backend.refreshes;
  backend.moveOn();
  await clock.advance(1); // a login that has just failed gives its caller a turn first
  pausing.forEach(({ events }, at) => {
    const started = events.slice(0, before[at]).findLast((event) => event.type === 'refreshStarted');
    const asksAgain = started?.by === 'call' && backend.refreshes > calls;
    if (!asksAgain && !events.slice(before[at]).some(({ type }) => /^session/.test(type)))
      broken.push('a refresh in another tab ends a pause at once');
  });
}

/** Compares the outcomes with the promises. */
function judge(
  { tabs, backend, clock }: FakeTabs,
  sent: readonly Sent[],
  { mayEnd, lifeMs }: { mayEnd: boolean; lifeMs: number },
): string[] {
  const broken: string[] = [];
  const expect = (kept: boolean, promise: string) => void (kept || broken.push(promise));
  for (const request of sent) {
    expect(request.outcomes.length === 1, 'a request settles exactly once');
    const arrivals = backend.arrivals.filter(({ url }) => url === request.url);
    expect(arrivals.length <= TRIPS, 'a request is replayed eight times at most');
    // What was asked under one session is never answered under another.
    const answered = arrivals.filter(({ status, session }) => status !== 409 && session);
    expect(new Set(answered.map(({ session }) => session?.id)).size <= 1, 'one session for one request');
    expect(new Set(arrivals.map(({ identity }) => identity)).size <= 1, 'one identity for one request');
    const bodies = arrivals.flatMap(({ data }) =>
      data ? [Buffer.from(data as ArrayBuffer).toString('hex')] : [],
    );
    expect(
      bodies.every((body) => body === BODY),
      'a body is sent as it was',
    );
    if (request.outcomes[0] !== 'ERR_BAD_REQUEST' || mayEnd || lifeMs > 1) continue;
    const first = request.tab.events.find(
      (event) => event.type === 'requestExpired' && arrivalsOf(request, event),
    );
    const isLate = !!first && request.settledAtMs - first.at >= REFRESH_MS;
    expect(arrivals.length === TRIPS || isLate, 'a 401 about a dead token never surfaces within the budget');
  }
  for (const one of tabs) broken.push(...judgeEvents(one, mayEnd));
  expect(backend.peak <= 1, 'one refresh at a time');
  expect(clock.timers === 0, 'no timer is left behind');
  return broken;
}

/** Whether an event is about this request: ids count the requests of a tab in the order of sending. */
function arrivalsOf({ url, tab: { events } }: Sent, { id }: { readonly id: number }): boolean {
  return events.some((event) => event.type === 'requestSent' && event.id === id && event.url === url);
}

/** Follows the events of one tab: how long each request waited, how often it was replayed, and in which order. */
function judgeEvents({ events, reauth }: Tab, mayEnd: boolean): string[] {
  const broken: string[] = [];
  const expect = (kept: boolean, promise: string) => void (kept || broken.push(promise));
  const queuedAt = new Map<number, number>();
  const expired = new Set<number>();
  let batch: number[] = [];
  let refreshing = false;
  const leave = (event: ReauthEvent & { id: number }) => {
    const since = queuedAt.get(event.id);
    if (since !== undefined)
      expect(event.at - since <= REFRESH_MS, 'no request waits longer than the budget');
    queuedAt.delete(event.id);
  };
  for (const event of events) {
    switch (event.type) {
      case 'requestExpired':
        expired.add(event.id);
        break;
      case 'requestQueued':
        queuedAt.set(event.id, event.at);
        break;
      case 'requestReplayed':
        expect(expired.delete(event.id), 'each replay follows a 401');
        if (queuedAt.has(event.id)) batch.push(event.id); // else a late 401, replayed at once
        expect(
          batch.every((id, at) => at === 0 || batch[at - 1]! < id),
          'replays leave in the order of sending',
        );
        leave(event);
        break;
      case 'requestReleased':
      case 'requestSettled':
        leave(event);
        break;
      case 'refreshStarted':
        expect(!refreshing, 'one refresh at a time');
        refreshing = true;
        break;
      case 'refreshFailed':
      case 'refreshAborted':
      case 'sessionRenewed':
      case 'sessionChanged':
      case 'sessionEnded':
        refreshing = false;
        batch = [];
    }
  }
  expect(queuedAt.size === 0 && reauth.queued === 0, 'no request is left waiting');
  if (!mayEnd)
    expect(!events.some(({ type }) => type === 'sessionEnded'), 'only a final refusal ends the session');
  return broken;
}
