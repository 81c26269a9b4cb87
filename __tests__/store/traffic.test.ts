import type { UnknownAction } from '@reduxjs/toolkit';
import { refreshFailed, sessionEnded } from '../../store/authSlice.ts';
import { createAuthMiddleware } from '../../store/authMiddleware.ts';
import type { AuthParts } from '../../store/authParts.ts';
import type { Deps } from '../../store/demo/deps.ts';
import { createTrafficRecorder } from '../../store/demo/trafficMarks.ts';
import { createEngineListener, type EngineEvent } from '../../store/engineEvents.ts';
import { makeStore } from '../../store/demo/makeStore.ts';
import { MAX_ROWS } from '../../store/demo/trafficRows.ts';
import {
  otherTabSeen,
  selectRows,
  timelineCleared,
  timelinePaused,
  trafficReducer,
  trafficSeen,
  type TrafficState,
} from '../../store/demo/trafficSlice.ts';

const empty = trafficReducer(undefined, { type: 'start' });
const sent = (id: number) => ({ id, phase: 'sent', atMs: id, method: 'GET', path: `/${id}` }) as const;

const parts = {
  page: { now: () => 0, isVisible: () => false, readHint: () => null },
  user: { whoAmI: () => new Promise(() => undefined) },
} as unknown as AuthParts;
const session = {
  user: { id: 'u', name: 'Ada' },
  session: { id: 's', version: 1, expiresInMs: null, endsInMs: 1e9 },
};

const startStore = () => makeStore(parts as unknown as Deps, createAuthMiddleware(parts), session);

describe('the timeline', () => {
  test('is a window: it holds the newest rows and no more, whatever comes', () => {
    const state = trafficReducer(empty, trafficSeen(Array.from({ length: 5000 }, (_, id) => sent(id))));
    expect(state.rows).toHaveLength(MAX_ROWS);
    expect(state.rows.at(-1)).toMatchObject({ path: '/4999' });
  });

  test('drops marks of a row whose beginning it did not see', () => {
    expect(
      trafficReducer(empty, trafficSeen([{ id: 7, phase: 'answered', atMs: 1, outcome: '200' }])).rows,
    ).toEqual([]);
  });

  test('stands still while it is paused, and has missed nothing when it goes on', () => {
    const shown = (traffic: TrafficState) => selectRows({ traffic }).map(({ id, outcome }) => [id, outcome]);
    const running = trafficReducer(empty, trafficSeen([sent(1)]));
    const paused = trafficReducer(running, timelinePaused(true));
    const later = trafficReducer(
      paused,
      trafficSeen([{ id: 1, phase: 'answered', atMs: 9, outcome: '200' }, sent(2)]),
    );
    expect(shown(later)).toEqual([[1, null]]);
    expect(shown(trafficReducer(later, timelinePaused(false)))).toEqual([
      [1, '200'],
      [2, null],
    ]);
    expect(shown(trafficReducer(later, timelineCleared()))).toEqual([]);
  });

  test('is empty when it was cleared', () => {
    const state = trafficReducer(trafficReducer(empty, trafficSeen([sent(1)])), timelineCleared());
    expect(state).toMatchObject({ rows: [], refreshes: [] });
  });
});

describe('the engine’s events', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const heard = (events: readonly EngineEvent[]) => {
    const store = startStore();
    const actions: string[] = [];
    const dispatch = (action: UnknownAction) => {
      actions.push(action.type);
      return store.dispatch(action);
    };
    const hearers = [createEngineListener({ dispatch }), createTrafficRecorder({ dispatch })];
    for (const event of events) for (const hear of hearers) hear(event);
    jest.runAllTimers();
    return { actions, state: store.getState() };
  };

  test('of a burst of a thousand are a handful of actions', () => {
    const { actions, state } = heard(
      Array.from({ length: 1000 }, (_, id) => ({
        type: 'requestSent',
        id,
        method: 'get',
        url: '/x',
        at: 1,
        queued: id,
      })),
    );
    expect(actions).toEqual(['traffic/trafficSeen', 'auth/queueChanged']);
    expect(state.auth).toMatchObject({ queued: 999 });
  });

  test('leave out the lab’s own controls', () => {
    const url = '/api/upstream/lab';
    const { state } = heard([{ type: 'requestSent', id: 1, method: 'get', url, at: 1, queued: 0 }]);
    expect(state.traffic.rows).toEqual([]);
  });

  test.each([
    ['refreshFailed', 'degraded', 'failed'],
    ['refreshAborted', 'idle', 'overtaken'],
    ['sessionChanged', 'idle', 'overtaken'],
  ] as const)('never leave a refresh running: %s', (type, refresh, outcome) => {
    const { state } = heard([
      { type: 'refreshStarted', at: 1, queued: 0 },
      { type, at: 2, queued: 0 },
    ]);
    expect(state.auth).toMatchObject({ refresh });
    expect(state.traffic.refreshes).toMatchObject([{ startedAtMs: 1, endedAtMs: 2, outcome }]);
  });

  test('of a refresh elsewhere end this one, whether or not the server answers', () => {
    const { state } = heard([
      { type: 'refreshStarted', at: 1, queued: 0 },
      { type: 'sessionRenewed', session: null, at: 2, queued: 0 },
    ]);
    expect(state.auth).toMatchObject({ status: 'signedIn', refresh: 'idle' });
  });
});

test('a session that ends closes the refresh’s bar', () => {
  const store = startStore();
  createEngineListener(store)({ type: 'refreshStarted', at: 1, queued: 0 });
  store.dispatch(sessionEnded(5));
  expect(store.getState().traffic.refreshes).toMatchObject([{ endedAtMs: 5, outcome: 'ended' }]);
});

describe('the rows of the timeline', () => {
  const expired = (id: number) => [sent(id), { id, phase: 'expired', atMs: id + 0.5 } as const];

  test('keep those that met a 401, however many others follow', () => {
    const burst = trafficReducer(
      empty,
      trafficSeen(Array.from({ length: 50 }, (_, id) => expired(id)).flat()),
    );
    const state = trafficReducer(burst, trafficSeen(Array.from({ length: 500 }, (_, at) => sent(100 + at))));
    expect(state.rows.filter(({ id }) => id < 50)).toHaveLength(50);
    expect(state.rows).toHaveLength(50 + MAX_ROWS);
    expect(state.dropped).toBe(500 - MAX_ROWS);
  });

  test('count what was dropped for one episode only', () => {
    const burst = trafficReducer(empty, trafficSeen(Array.from({ length: 500 }, (_, id) => sent(id))));
    expect(burst.dropped).toBe(500 - MAX_ROWS);
    expect(trafficReducer(burst, trafficSeen([{ ...sent(9), id: 900, atMs: 60_000 }])).dropped).toBe(1);
  });

  test('hold the requests of another tab apart from those of this one', () => {
    const own = trafficReducer(empty, trafficSeen([sent(1)]));
    const marks = [sent(1), { id: 1, phase: 'answered', atMs: 7, outcome: '200' } as const];
    const refreshes = [{ id: 1, startedAtMs: 2, endedAtMs: null, outcome: null }];
    const both = trafficReducer(own, otherTabSeen({ tab: 5, marks, refreshes }));
    expect(both.rows).toMatchObject([
      { id: 1, outcome: null },
      { id: 1, tab: 5, outcome: '200' },
    ]);
    expect(both.refreshes).toMatchObject([{ tab: 5 }]);
    expect(trafficReducer(both, refreshFailed(9)).refreshes).toMatchObject([{ tab: 5, endedAtMs: null }]);
  });
});
