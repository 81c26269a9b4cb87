/** @jest-environment jsdom */
import { fetchUser, login, logout, refreshSession } from '../../store/authThunks.ts';
import { deferred } from '../support/deferred.ts';
import { Backend, offline, problem } from './backend.ts';
import { startApp, startSignedInApp, until, type TestApp } from './startApp.ts';

let app: TestApp;
afterEach(() => app.leave());

const ada = { username: 'ada', password: 'lovelace' };

describe('dispatching login', () => {
  test('signs the person in', async () => {
    app = startApp();
    const running = app.store.dispatch(login(ada));
    expect(app.auth().status).toBe('signingIn');
    await running.unwrap();
    expect(app.auth()).toMatchObject({
      status: 'signedIn',
      user: { name: 'Ada Lovelace' },
      refresh: 'idle',
    });
  });

  test('is rejected with a code, a status and nothing else when the password is wrong', async () => {
    app = startApp();
    const result = await app.store.dispatch(login({ ...ada, password: 'wrong' }));
    expect(result.payload).toEqual({ code: 'invalid_credentials', status: 401 });
    expect(app.auth()).toMatchObject({ status: 'signedOut', reason: 'login_refused' });
  });

  test('tells how long to wait after too many attempts', async () => {
    app = startApp();
    app.backend.next('POST /api/login', () => problem('too_many_attempts', { 'retry-after': '30' }));
    const result = await app.store.dispatch(login(ada));
    expect(result.payload).toEqual({ code: 'too_many_attempts', status: 429, retryAfterSeconds: 30 });
  });

  test.each([
    ['network', offline],
    ['upstream_unavailable', () => problem('upstream_unavailable')],
  ] as const)('is rejected as %s when the server cannot be asked', async (code, answer) => {
    app = startApp();
    app.backend.next('POST /api/login', answer);
    const result = await app.store.dispatch(login(ada));
    expect(result.payload).toMatchObject({ code });
  });

  test('aborts the refresh that runs, whose late answer then changes nothing', async () => {
    app = startSignedInApp('ada');
    const late = deferred();
    const old = app.backend.info();
    app.backend.next('POST /api/user', async () => {
      await late.promise;
      return { status: 200, data: { ...old, session: { ...old.session, version: 2 } } };
    });
    const refresh = app.store.dispatch(refreshSession());
    await until(() => app.backend.count('POST /api/user') === 1);
    await app.store.dispatch(login({ username: 'grace', password: 'hopper' })).unwrap();
    late.resolve();
    await refresh;
    expect(app.auth()).toMatchObject({ status: 'signedIn', user: { name: 'Grace Hopper' } });
  });
});

describe('dispatching logout', () => {
  test('signs the person out and says which session it means', async () => {
    app = startSignedInApp();
    await app.store.dispatch(logout({})).unwrap();
    expect(app.auth()).toMatchObject({ status: 'signedOut', reason: 'logged_out' });
    expect(app.backend.calls.at(-1)).toMatchObject({ identity: 's1', body: {} });
  });

  test('sends the wish to log out everywhere to the server', async () => {
    app = startSignedInApp();
    await app.store.dispatch(logout({ everywhere: true })).unwrap();
    expect(app.backend.calls.at(-1)?.body).toEqual({ everywhere: true });
  });

  test('never logs out a person who has logged in in another tab: it finds out who that is', async () => {
    app = startSignedInApp('ada');
    app.backend.login('grace');
    const result = await app.store.dispatch(logout({}));
    expect(result.payload).toMatchObject({ code: 'session_changed' });
    await until(() => app.auth().status === 'signedIn' && app.store.getState().owner === 'user-grace');
    expect(app.backend.jar).not.toBeNull();
  });

  test('that fails leaves the person signed in', async () => {
    app = startSignedInApp();
    app.backend.next('POST /api/logout', offline);
    const result = await app.store.dispatch(logout({}));
    expect(result.payload).toMatchObject({ code: 'network', status: null });
    expect(app.auth().status).toBe('signedIn');
  });
});

describe('dispatching fetchUser', () => {
  test('finds the session that the page data lacked', async () => {
    const backend = new Backend();
    backend.login('ada');
    app = startApp({ backend });
    await app.store.dispatch(fetchUser());
    expect(app.auth()).toMatchObject({ status: 'signedIn', user: { id: 'user-ada' } });
  });

  test('finds no session', async () => {
    app = startApp();
    await app.store.dispatch(fetchUser());
    expect(app.auth()).toMatchObject({ status: 'signedOut', reason: 'anonymous' });
  });

  test('is ignored when its answer comes after a login', async () => {
    app = startApp();
    const late = deferred();
    app.backend.next('GET /api/user', async () => {
      await late.promise;
      return problem('no_session');
    });
    const asking = app.store.dispatch(fetchUser());
    await until(() => app.backend.count('GET /api/user') === 1);
    await app.store.dispatch(login(ada)).unwrap();
    late.resolve();
    await asking;
    expect(app.auth().status).toBe('signedIn');
  });
});

describe('dispatching refreshSession', () => {
  test('refreshes, and tells so while it runs', async () => {
    app = startSignedInApp();
    const gate = deferred();
    const { backend } = app;
    backend.next('POST /api/user', async (call) => {
      await gate.promise;
      return backend.answer(call);
    });
    const running = app.store.dispatch(refreshSession());
    await until(() => backend.count('POST /api/user') === 1);
    expect(app.auth()).toMatchObject({ refresh: 'refreshing', session: { version: 1 } });
    gate.resolve();
    await running.unwrap();
    expect(app.auth()).toMatchObject({ refresh: 'idle', session: { id: 's1', version: 2 } });
  });

  test('three times at once costs one call', async () => {
    app = startSignedInApp();
    await Promise.all([1, 2, 3].map(() => app.store.dispatch(refreshSession()).unwrap()));
    expect(app.backend.count('POST /api/user')).toBe(1);
  });

  test('sends nothing when the page is signed out', async () => {
    app = startApp();
    await app.store.dispatch(refreshSession());
    expect(app.backend.calls).toEqual([]);
  });

  test('ends the session when the server refuses for good', async () => {
    app = startSignedInApp();
    app.backend.next('POST /api/user', () => problem('session_ended'));
    const result = await app.store.dispatch(refreshSession());
    expect(result.payload).toMatchObject({ code: 'ERR_SESSION_ENDED' });
    expect(app.auth()).toMatchObject({ status: 'signedOut', reason: 'session_ended' });
  });
});

test('what passes through the store can be written down as JSON, and the password is not in the state', async () => {
  app = startApp();
  const seen: unknown[] = [];
  app.store.subscribe(() => seen.push(app.store.getState()));
  await app.store.dispatch(login(ada)).unwrap();
  await app.store.dispatch(refreshSession()).unwrap();
  const written = JSON.stringify(seen);
  expect(JSON.parse(written)).toEqual(seen);
  expect(written).not.toContain('lovelace"');
});
