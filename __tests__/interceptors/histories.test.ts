import fc from 'fast-check';
import type { ReauthEvent } from '../../interceptors/reauthEvents.ts';
import { createTabs, settled, type Rig, type Tab } from '../../interceptors/testing/tabs.ts';

/**
 * Random histories of two tabs with one jar: whatever people, networks and other tabs do, the promises of
 * docs/architecture.md hold. `RUNS=100000 npx jest histories` for the long run; a failure prints its seed.
 */
const REFRESH_MS = 10_000;

const tab = fc.nat(1);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('send' as const), tab, timeout: fc.constantFrom(0, 0, 3000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('sendHeld' as const),
      tab,
      gates: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('holdRefresh' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 500, 2000, 6000, 20_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('script' as const),
      what: fc.constantFrom(
        'lost',
        'hang',
        'upstream_unavailable',
        'misconfigured',
        'session_ended',
        'no_session',
        'rubbish',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh' as const), tab }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('login' as const, 'logout' as const),
      tab,
      works: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('loginElsewhere' as const, 'logoutElsewhere' as const) }),
  },
);

interface Sent {
  readonly url: string;
  readonly abort: AbortController;
  outcomes: string[];
}

async function live(history: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  const rig = createTabs(2, { limits: { refreshMs: REFRESH_MS, lockMs: REFRESH_MS } });
  const { backend, clock, tabs } = rig;
  const sent: Sent[] = [];
  const gates: { release(): void }[] = [];
  let mayEnd = false;

  const send = (by: Tab, timeout: number) => {
    const request: Sent = { url: `/${sent.length}`, abort: new AbortController(), outcomes: [] };
    sent.push(request);
    void by
      .send(request.url, { timeout, signal: request.abort.signal })
      .then((outcome) => request.outcomes.push(outcome));
  };

  for (const now of history) {
    switch (now.do) {
      case 'send':
        send(tabs[now.tab]!, now.timeout);
        break;
      case 'sendHeld':
        for (let i = 0; i < now.gates; i++) gates.push(backend.hold(`/${sent.length}`));
        send(tabs[now.tab]!, 0);
        break;
      case 'release':
        gates[now.which]?.release();
        break;
      case 'expire':
        backend.expire();
        break;
      case 'abort':
        sent[now.which]?.abort.abort();
        break;
      case 'holdRefresh':
        gates.push(backend.hold('refresh'));
        break;
      case 'wait':
        await clock.advance(now.ms);
        break;
      case 'script':
        mayEnd ||= now.what === 'session_ended' || now.what === 'no_session';
        backend.script(now.what === 'rubbish' ? () => '<html>' : (now.what as 'lost'));
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
  }
  // Everything that was held arrives. A request may be held back by one refresh and wait for the next.
  for (const gate of gates) gate.release();
  await clock.advance(2 * REFRESH_MS);
  return { rig, sent, mayEnd };
}

/** How long each request waited, how often it was replayed, and in which order. */
function check({ tabs, backend, clock }: Rig, sent: readonly Sent[], mayEnd: boolean) {
  for (const request of sent) {
    expect(request.outcomes).toHaveLength(1);
    const arrivals = backend.arrivals.filter(({ url }) => url === request.url);
    expect(arrivals.length).toBeLessThanOrEqual(2);
    // What was asked under one session is never answered under another.
    const answered = arrivals.filter(({ status, session }) => status !== 409 && session);
    expect(new Set(answered.map(({ session }) => session?.id)).size).toBeLessThanOrEqual(1);
    expect(new Set(arrivals.map(({ identity }) => identity)).size).toBeLessThanOrEqual(1);
  }
  for (const { events, reauth } of tabs) {
    const queuedAt = new Map<number, number>();
    const replayed = new Set<number>();
    let batch: number[] = [];
    let refreshing = false;
    for (const event of events) {
      switch (event.type) {
        case 'requestQueued':
          queuedAt.set(event.id, event.at);
          break;
        case 'requestReplayed':
          expect(replayed.has(event.id)).toBe(false);
          replayed.add(event.id);
          if (queuedAt.has(event.id)) batch.push(event.id); // else a late 401, replayed at once
          expect(batch).toEqual([...batch].sort((a, b) => a - b));
          leave(event);
          break;
        case 'requestReleased':
        case 'requestSettled':
          leave(event);
          break;
        case 'refreshStarted':
          expect(refreshing).toBe(false);
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
    function leave(event: ReauthEvent & { id: number }) {
      const since = queuedAt.get(event.id);
      if (since !== undefined) expect(event.at - since).toBeLessThanOrEqual(REFRESH_MS);
      queuedAt.delete(event.id);
    }
    expect(queuedAt.size).toBe(0);
    expect(reauth.queued).toBe(0);
    if (!mayEnd) expect(events.some(({ type }) => type === 'sessionEnded')).toBe(false);
  }
  expect(backend.peak).toBeLessThanOrEqual(1);
  expect(clock.timers).toBe(0);
}

test('in any history every request settles once and in time, in order, never twice, never as somebody else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (history) => {
      const { rig, sent, mayEnd } = await live(history);
      check(rig, sent, mayEnd);
    }),
    {
      numRuns: Number(process.env.RUNS ?? 2000),
      ...(process.env.SEED && { seed: Number(process.env.SEED) }),
    },
  );
}, 3_600_000);
