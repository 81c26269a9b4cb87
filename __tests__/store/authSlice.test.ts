import {
  authReducer,
  queueChanged,
  refreshFailed,
  refreshOvertaken,
  refreshStarted,
  sessionChanged,
  sessionEnded,
  sessionRefreshed,
} from '../../store/authSlice.ts';
import { signedIn, UNKNOWN, type AuthState, type Sighting, type WhoAnswer } from '../../store/authState.ts';
import { fetchUser, login, logout } from '../../store/authThunks.ts';

const sighting = (id: string, version = 1, name = 'Ada'): Sighting => ({
  user: { id: `user-${name}`, name },
  session: { id, version, expiresInMs: 10_000, endsInMs: 100_000 },
  seenAtMs: 5,
});

const states = {
  unknown: UNKNOWN,
  signingIn: { status: 'signingIn', epoch: 1 },
  signedIn: signedIn(sighting('s1', 3), 2),
  signedOut: { status: 'signedOut', epoch: 3, reason: 'logged_out' },
} satisfies Record<string, AuthState>;

const credentials = { username: 'ada', password: 'x' };
const asked = (state: AuthState, found: Sighting | null, ended = false) =>
  fetchUser.fulfilled({ epoch: state.epoch, found, ended } as WhoAnswer, 'r');

const after = (state: AuthState, action: Parameters<typeof authReducer>[1]) => authReducer(state, action);
const bySession = (state: AuthState) =>
  state.status === 'signedIn' ? `signedIn ${state.session.id} v${state.session.version}` : state.status;

describe('the auth machine', () => {
  // From each state: where every event leads. What is not named leaves the very same object.
  const events: Record<string, (state: AuthState) => Parameters<typeof authReducer>[1]> = {
    'a login is sent': () => login.pending('r', credentials),
    'a login succeeds': () => login.fulfilled(sighting('s9'), 'r', credentials),
    'a login is refused': () => login.rejected(null, 'r', credentials),
    'a logout succeeds': () => logout.fulfilled({ sessionId: 's1', endSessionUrl: null }, 'r', {}),
    'a logout of another session succeeds': () =>
      logout.fulfilled({ sessionId: 's7', endSessionUrl: null }, 'r', {}),
    'a logout fails': () => logout.rejected(null, 'r', {}),
    'a session is found': (state) => asked(state, sighting('s9')),
    'no session is found': (state) => asked(state, null),
    'asking fails': () => fetchUser.rejected(null, 'r'),
    'a refresh starts': () => refreshStarted(1),
    'a refresh fails': () => refreshFailed(1),
    'a refresh is overtaken': () => refreshOvertaken(1),
    'this session is refreshed': () => sessionRefreshed(sighting('s1', 4)),
    'another session is refreshed': () => sessionRefreshed(sighting('s7', 9)),
    'the session ends': () => sessionEnded(1),
    'another session takes its place': () => sessionChanged(sighting('s9')),
    'three requests wait': () => queueChanged(3),
  };
  const moves: Record<keyof typeof states, Record<string, string>> = {
    unknown: {
      'a login is sent': 'signingIn',
      'a login succeeds': 'signedIn s9 v1',
      'a logout succeeds': 'signedOut',
      'a logout of another session succeeds': 'signedOut',
      'a session is found': 'signedIn s9 v1',
      'no session is found': 'signedOut',
      'asking fails': 'signedOut',
      'another session takes its place': 'signedIn s9 v1',
    },
    signingIn: {
      'a login is sent': 'signingIn',
      'a login succeeds': 'signedIn s9 v1',
      'a login is refused': 'signedOut',
    },
    signedIn: {
      'a login succeeds': 'signedIn s9 v1',
      'a logout succeeds': 'signedOut',
      'a session is found': 'signedIn s9 v1',
      'no session is found': 'signedOut',
      'a refresh starts': 'signedIn s1 v3',
      'a refresh fails': 'signedIn s1 v3',
      'this session is refreshed': 'signedIn s1 v4',
      'the session ends': 'signedOut',
      'another session takes its place': 'signedIn s9 v1',
      'three requests wait': 'signedIn s1 v3',
    },
    signedOut: {
      'a login is sent': 'signingIn',
      'a login succeeds': 'signedIn s9 v1',
      'a logout succeeds': 'signedOut',
      'a logout of another session succeeds': 'signedOut',
      'a session is found': 'signedIn s9 v1',
      'another session takes its place': 'signedIn s9 v1',
    },
  };
  const table = Object.entries(states).flatMap(([name, state]) =>
    Object.entries(events).map(([event, make]) => ({
      name,
      event,
      state,
      action: make(state),
      to: moves[name as keyof typeof states][event] ?? 'itself',
    })),
  );

  test.each(table)('$name: when $event → $to', ({ state, action, to }) => {
    const next = after(state, action);
    if (to === 'itself') expect(next).toBe(state);
    else expect(bySession(next)).toBe(to);
  });

  test('a refresh runs, fails, is degraded, and is idle again after the next', () => {
    const refreshing = after(after(states.signedIn, refreshStarted(1)), queueChanged(2));
    expect(refreshing).toMatchObject({ refresh: 'refreshing', queued: 2 });
    const degraded = after(refreshing, refreshFailed(2));
    expect(degraded).toMatchObject({ refresh: 'degraded', queued: 0 });
    expect(after(refreshing, refreshOvertaken(2))).toMatchObject({ refresh: 'idle' });
    expect(after(degraded, sessionRefreshed(sighting('s1', 4)))).toMatchObject({ refresh: 'idle' });
  });

  test('the person stays the same object over a refresh that changes no person', () => {
    const next = after(states.signedIn, sessionRefreshed(sighting('s1', 4)));
    expect(next).not.toBe(states.signedIn);
    expect(next).toHaveProperty('user', states.signedIn.user);
    expect((next as { user: unknown }).user).toBe(states.signedIn.user);
  });

  test('a person whose name was changed at the issuer is shown by the new name', () => {
    const renamed = { ...sighting('s1', 4), user: { id: 'user-Ada', name: 'Ada King' } };
    expect(after(states.signedIn, sessionRefreshed(renamed))).toMatchObject({ user: { name: 'Ada King' } });
  });

  test('a late word of an older version changes nothing', () => {
    expect(after(states.signedIn, sessionRefreshed(sighting('s1', 2)))).toBe(states.signedIn);
  });

  test('an answer that was asked for before the last login is ignored', () => {
    const late = fetchUser.fulfilled({ epoch: 1, found: null, ended: false }, 'r');
    expect(after(states.signedIn, late)).toBe(states.signedIn);
  });

  test.each([
    ['signedIn', false, 'logged_out_elsewhere'],
    ['signedIn', true, 'session_ended'],
    ['unknown', false, 'anonymous'],
    ['unknown', true, 'session_ended'],
  ] as const)(
    'no session found by a page that is %s (ended: %s) has the reason %s',
    (name, ended, reason) => {
      expect(after(states[name], asked(states[name], null, ended))).toMatchObject({ reason });
    },
  );

  test('every login, logout and change of person begins a new epoch', () => {
    const walk = [
      login.pending('r', credentials),
      login.fulfilled(sighting('s1'), 'r', credentials),
      sessionChanged(sighting('s2', 1, 'Grace')),
      logout.fulfilled({ sessionId: 's2', endSessionUrl: null }, 'r', {}),
    ];
    const epochs = walk.map(
      (
        (state) => (action) =>
          (state = after(state, action)).epoch
      )(UNKNOWN),
    );
    expect(epochs).toEqual([1, 2, 3, 4]);
  });

  test('impossible states do not type-check', () => {
    // @ts-expect-error -- a queue without a session
    const queueSignedOut: AuthState = { status: 'signedOut', epoch: 1, reason: 'logged_out', queued: 3 };
    // @ts-expect-error -- signed in without a person
    const withoutUser: AuthState = { status: 'signedIn', epoch: 1, refresh: 'idle', queued: 0 };
    // @ts-expect-error -- signed out without a reason
    const noReason: AuthState = { status: 'signedOut', epoch: 1 };
    expect([queueSignedOut, withoutUser, noReason]).toHaveLength(3);
  });
});
