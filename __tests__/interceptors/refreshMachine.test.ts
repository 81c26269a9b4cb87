import fc from 'fast-check';
import { queued, step, unknown, type Event, type State } from '../../interceptors/refreshMachine.ts';

const session = { id: 'a', version: 3 };
const idle: State = { name: 'idle', epoch: 7, session };
const ended: State = { name: 'ended', epoch: 7, session };
const expired = (ticket: number, version = 3, epoch = 7): Event => ({
  type: 'expired',
  ticket,
  epoch,
  version,
});

/** Feeds events one after the other; returns the last state and the effects of the last event. */
const after = (state: State, ...events: Event[]) =>
  events.reduce<readonly [State, object]>(([now], event) => step(now, event, 3), [state, {}]);

const refreshing = (...tickets: number[]) => after(idle, ...tickets.map((ticket) => expired(ticket)))[0];

describe('idle', () => {
  test('a 401 of an older version is replayed at once', () => {
    expect(after(idle, expired(1, 2))).toEqual([idle, { settle: [1] }]);
  });
  test('a 401 of this version starts a refresh and waits for it', () => {
    const [state, effects] = after(idle, expired(1));
    expect(state).toMatchObject({ name: 'refreshing', holding: true, session });
    expect([queued(state), effects]).toEqual([1, {}]);
  });
  test('a 401 of a newer version than the page believes refreshes that version', () => {
    expect(after(idle, expired(1, 5))[0].session).toEqual({ id: 'a', version: 5 });
  });
  test('a 401 of a request of another generation is refused and refreshes nothing', () => {
    expect(after(idle, expired(1, 3, 6))).toEqual([idle, { settle: [1], code: 'ERR_SESSION_CHANGED' }]);
  });
  test('a call of refresh() starts a refresh that holds no request and counts none', () => {
    const [state, effects] = after(idle, { type: 'asked', ticket: -1 });
    expect(state).toMatchObject({ name: 'refreshing', holding: false });
    expect([queued(state), effects]).toEqual([0, {}]);
  });
  test('a final failure outside a refresh ends the session', () => {
    expect(after(idle, { type: 'failed', code: 'ERR_SESSION_ENDED' })[0].name).toBe('ended');
  });
  test('a hint of the same session moves the version up, never down', () => {
    const up = after(idle, { type: 'hinted', session: { id: 'a', version: 4 } })[0];
    expect(up).toEqual({ ...idle, session: { id: 'a', version: 4 } });
    expect(after(up, { type: 'hinted', session: session })[0]).toBe(up);
  });
  test('a hint of another session starts a new generation', () => {
    const hint = { id: 'b', version: 1 };
    expect(after(idle, { type: 'hinted', session: hint })[0]).toEqual({
      name: 'idle',
      epoch: 8,
      session: hint,
    });
  });
  test('an outcome without a refresh changes nothing', () => {
    expect(after(idle, { type: 'succeeded', session: { id: 'b', version: 9 } })).toEqual([idle, {}]);
    expect(after(idle, { type: 'abandoned', ticket: 1 })).toEqual([idle, {}]);
  });
});

describe('refreshing', () => {
  test('a 401 joins, whatever its version, and so does a new request', () => {
    const [state, effects] = after(refreshing(1), expired(2, 1), { type: 'asked', ticket: 3 });
    expect([queued(state), effects]).toEqual([3, {}]);
  });
  test('a 401 of a newer version marks that version stale too: the token of another tab has died', () => {
    expect(after(refreshing(1), expired(2, 5))[0].session).toEqual({ id: 'a', version: 5 });
    expect(after(refreshing(1), expired(2, 1))[0].session).toEqual(session);
  });
  test('a 401 that joins a refresh by call makes it hold new requests', () => {
    expect(after(idle, { type: 'asked', ticket: -1 }, expired(1))[0]).toMatchObject({ holding: true });
  });
  test('one request more than may wait is refused, and a call of refresh() takes no place in the queue', () => {
    const full = refreshing(1, 2, 3);
    expect(after(full, expired(4))).toEqual([full, { settle: [4], code: 'ERR_QUEUE_FULL' }]);
    expect(after(full, { type: 'asked', ticket: -1 })[1]).toEqual({});
  });
  test('an abandoned request is dropped', () => {
    const [state] = after(refreshing(1, 2), { type: 'abandoned', ticket: 1 });
    expect(after(state, { type: 'succeeded', session: undefined })[1]).toMatchObject({ settle: [2] });
  });
  test('success moves the version up and lets all go in the order of sending', () => {
    const [state, effects] = after(refreshing(3, 1, 2), {
      type: 'succeeded',
      session: { id: 'a', version: 4 },
    });
    expect(state).toEqual({ ...idle, session: { id: 'a', version: 4 } });
    expect(effects).toEqual({ settle: [1, 2, 3] });
  });
  test('a success without a version raises the version by one', () => {
    expect(after(refreshing(1), { type: 'succeeded', session: undefined })[0].session.version).toBe(4);
  });
  test('success never moves the version down', () => {
    expect(after(refreshing(1), { type: 'succeeded', session: { id: 'a', version: 2 } })[0].session).toEqual(
      session,
    );
  });
  test('a success of another session starts a new generation, and no request is replayed under it', () => {
    const [state, effects] = after(refreshing(1), { type: 'succeeded', session: { id: 'b', version: 1 } });
    expect(state).toMatchObject({ name: 'idle', epoch: 8, session: { id: 'b' } });
    expect(effects).toMatchObject({ settle: [1], code: 'ERR_SESSION_CHANGED' });
  });
  test('a page that knew no session learns it from its refresh, in the same generation', () => {
    const [state, effects] = after({ ...idle, session: unknown }, expired(1), { type: 'succeeded', session });
    expect([state, effects]).toEqual([idle, { settle: [1] }]);
  });
  test('a passing failure keeps the session and refuses all', () => {
    const failed = { type: 'failed', code: 'ERR_REFRESH_UNAVAILABLE', cause: 'why' } as const;
    expect(after(refreshing(1, 2), failed)).toEqual([
      idle,
      { settle: [1, 2], code: 'ERR_REFRESH_UNAVAILABLE', cause: 'why' },
    ]);
  });
  test('a final failure ends the session and refuses all', () => {
    const [state, effects] = after(refreshing(1), { type: 'failed', code: 'ERR_SESSION_ENDED' });
    expect(state).toEqual({ name: 'ended', epoch: 8, session });
    expect(effects).toMatchObject({ settle: [1], code: 'ERR_SESSION_ENDED' });
  });
  test('a session that another replaced is forgotten', () => {
    const [state] = after(refreshing(1), { type: 'failed', code: 'ERR_SESSION_CHANGED' });
    expect(state).toEqual({ name: 'idle', epoch: 8, session: unknown });
  });
  test('a refresh ignores the hint of its own success, and ends at a hint of another session', () => {
    const state = refreshing(1);
    expect(after(state, { type: 'hinted', session: { id: 'a', version: 4 } })).toEqual([state, {}]);
    expect(after(state, { type: 'hinted', session: { id: 'b', version: 1 } })).toMatchObject([
      { name: 'idle', epoch: 8, session: { id: 'b' } },
      { settle: [1], code: 'ERR_SESSION_CHANGED' },
    ]);
  });
  test('a page that knows no session leaves the hint to its refresh', () => {
    const [state] = after({ ...idle, session: unknown }, expired(1));
    expect(after(state, { type: 'hinted', session: session })).toEqual([state, {}]);
  });
});

describe('ended', () => {
  test('a 401 is refused after the end, and so is a call of refresh()', () => {
    expect(after(ended, expired(1))).toEqual([ended, { settle: [1], code: 'ERR_SESSION_ENDED' }]);
    expect(after(ended, { type: 'asked', ticket: -1 })[1]).toEqual({
      settle: [-1],
      code: 'ERR_SESSION_ENDED',
    });
  });
  test('a hint that has moved on revives the page, one that has not does not', () => {
    expect(after(ended, { type: 'hinted', session: session })).toEqual([ended, {}]);
    expect(after(ended, { type: 'hinted', session: { id: 'a', version: 4 } })[0].name).toBe('idle');
    expect(after(ended, { type: 'hinted', session: { id: 'b', version: 1 } })[0].name).toBe('idle');
  });
  test('after a logout no version of that session revives the page', () => {
    const [state] = after(idle, { type: 'loggedOut' });
    expect(after(state, { type: 'hinted', session: { id: 'a', version: 99 } })[0].name).toBe('ended');
    expect(after(state, { type: 'hinted', session: { id: 'b', version: 1 } })[0].name).toBe('idle');
  });
});

describe('login and logout, in any state', () => {
  test.each([idle, ended, refreshing(1, 2)])(
    'a login starts a new generation and aborts what runs: $name',
    (state) => {
      const [next, effects] = after(state, { type: 'loggedIn', session: { id: 'b', version: 1 } });
      expect(next).toEqual({ name: 'idle', epoch: state.epoch + 1, session: { id: 'b', version: 1 } });
      const settle = state.name === 'refreshing' ? [1, 2] : [];
      expect(effects).toEqual({ settle, code: 'ERR_SESSION_CHANGED' });
    },
  );
  test.each([idle, ended, refreshing(1, 2)])(
    'a logout starts a new generation and ends the session: $name',
    (state) => {
      const [next, effects] = after(state, { type: 'loggedOut' });
      expect(next).toMatchObject({ name: 'ended', epoch: state.epoch + 1 });
      const settle = state.name === 'refreshing' ? [1, 2] : [];
      expect(effects).toEqual({ settle, code: 'ERR_SESSION_ENDED' });
    },
  );
  test('loggedIn() with the session that is known already is no login', () => {
    const state = refreshing(1);
    expect(after(state, { type: 'loggedIn', session })).toEqual([state, {}]);
    expect(after(ended, { type: 'loggedIn', session })[0]).toMatchObject({ name: 'idle', session });
  });
  test('a login that names no session forgets the one before', () => {
    expect(after(idle, { type: 'loggedIn', session: undefined })[0].session).toEqual(unknown);
  });
});

test('every ticket that joins is settled once or abandoned, in any sequence of events', () => {
  const hint = fc.record({ id: fc.constantFrom('a', 'b'), version: fc.integer({ min: 1, max: 6 }) });
  const anything = fc.oneof(
    fc.record({ type: fc.constant('expired' as const), version: fc.nat(6), older: fc.boolean() }),
    fc.record({ type: fc.constantFrom('held' as const, 'asked' as const) }),
    fc.record({ type: fc.constant('abandoned' as const), which: fc.nat(9) }),
    fc.record({ type: fc.constant('succeeded' as const), session: fc.option(hint) }),
    fc.record({
      type: fc.constant('failed' as const),
      code: fc.constantFrom('ERR_SESSION_ENDED', 'ERR_SESSION_CHANGED', 'ERR_REFRESH_UNAVAILABLE'),
    }),
    fc.record({ type: fc.constant('hinted' as const), session: hint }),
    fc.record({ type: fc.constant('loggedIn' as const), session: fc.option(hint) }),
    fc.record({ type: fc.constant('loggedOut' as const) }),
  );
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 40 }), (histories) => {
      let state: State = idle;
      let ticket = 0;
      const waiting = new Set<number>();
      const feed = (event: Event) => {
        const [next, { settle = [] }] = step(state, event, 5);
        if (next.name !== 'refreshing') expect(queued(next)).toBe(0);
        expect(next.epoch).toBeGreaterThanOrEqual(state.epoch);
        expect([...settle]).toEqual([...settle].sort((a, b) => a - b));
        for (const one of settle) expect(waiting.delete(one)).toBe(true);
        expect(queued(next)).toBeLessThanOrEqual(5);
        state = next;
        expect(queued(state)).toBe([...waiting].filter((one) => one > 0).length);
      };
      for (const item of histories) {
        if (item.type === 'abandoned') {
          const one = [...waiting].filter((ticket) => ticket > 0)[item.which]; // who only asks has nothing to abort
          if (one === undefined) continue;
          waiting.delete(one);
          feed({ type: 'abandoned', ticket: one });
          continue;
        }
        if (item.type !== 'expired' && item.type !== 'held' && item.type !== 'asked') {
          feed(item as Event);
          continue;
        }
        const mine = ++ticket * (item.type === 'asked' ? -1 : 1);
        waiting.add(mine);
        if (item.type !== 'expired') feed({ type: 'asked', ticket: mine });
        else feed(expired(mine, item.version, state.epoch - (item.older ? 1 : 0)));
      }
      feed({ type: 'loggedOut' });
      expect([...waiting]).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 2000) },
  );
});
