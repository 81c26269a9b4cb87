/** @jest-environment jsdom */
import { fetchUser, login, logout, refreshSession } from '../../store/authThunks.ts';
import { deferred } from '../support/deferred.ts';
import { Backend, offline, problem } from './backend.ts';
import { setStage, signedInStage, until, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.leave());

const ada = { username: 'ada', password: 'lovelace' };

describe('dispatching login', () => {
  test('signs the person in', async () => {
    stage = setStage();
    const running = stage.store.dispatch(login(ada));
    expect(stage.auth().status).toBe('signingIn');
    await running.unwrap();
    expect(stage.auth()).toMatchObject({
      status: 'signedIn',
      user: { name: 'Ada Lovelace' },
      refresh: 'idle',
    });
  });

  test('is rejected with a code, a status and nothing else when the password is wrong', async () => {
    stage = setStage();
    const result = await stage.store.dispatch(login({ ...ada, password: 'wrong' }));
    expect(result.payload).toEqual({ code: 'invalid_credentials', status: 401 });
    expect(stage.auth()).toMatchObject({ status: 'signedOut', reason: 'login_refused' });
  });

  test('tells how long to wait after too many attempts', async () => {
    stage = setStage();
    stage.backend.next('POST /api/login', () => problem('too_many_attempts', { 'retry-after': '30' }));
    const result = await stage.store.dispatch(login(ada));
    expect(result.payload).toEqual({ code: 'too_many_attempts', status: 429, retryAfterSeconds: 30 });
  });

  test.each([
    ['network', offline],
    ['upstream_unavailable', () => problem('upstream_unavailable')],
  ] as const)('is rejected as %s when the server cannot be asked', async (code, answer) => {
    stage = setStage();
    stage.backend.next('POST /api/login', answer);
    const result = await stage.store.dispatch(login(ada));
    expect(result.payload).toMatchObject({ code });
  });

  test('aborts the renewal that runs, whose late answer then changes nothing', async () => {
    stage = signedInStage('ada');
    const late = deferred();
    const old = stage.backend.info();
    stage.backend.next('POST /api/user', async () => {
      await late.promise;
      return { status: 200, data: { ...old, session: { ...old.session, version: 2 } } };
    });
    const renewal = stage.store.dispatch(refreshSession());
    await until(() => stage.backend.count('POST /api/user') === 1);
    await stage.store.dispatch(login({ username: 'grace', password: 'hopper' })).unwrap();
    late.resolve();
    await renewal;
    expect(stage.auth()).toMatchObject({ status: 'signedIn', user: { name: 'Grace Hopper' } });
  });
});

describe('dispatching logout', () => {
  test('signs the person out and says which session it means', async () => {
    stage = signedInStage();
    await stage.store.dispatch(logout({})).unwrap();
    expect(stage.auth()).toMatchObject({ status: 'signedOut', reason: 'logged_out' });
    expect(stage.backend.calls.at(-1)).toMatchObject({ identity: 's1', body: {} });
  });

  test('everywhere is told to the server', async () => {
    stage = signedInStage();
    await stage.store.dispatch(logout({ everywhere: true })).unwrap();
    expect(stage.backend.calls.at(-1)?.body).toEqual({ everywhere: true });
  });

  test('never logs out somebody who logged in meanwhile in another tab: it finds out who that is', async () => {
    stage = signedInStage('ada');
    stage.backend.login('grace');
    const result = await stage.store.dispatch(logout({}));
    expect(result.payload).toMatchObject({ code: 'session_changed' });
    await until(() => stage.auth().status === 'signedIn' && stage.store.getState().owner === 'user-grace');
    expect(stage.backend.jar).not.toBeNull();
  });

  test('that fails leaves the person signed in', async () => {
    stage = signedInStage();
    stage.backend.next('POST /api/logout', offline);
    const result = await stage.store.dispatch(logout({}));
    expect(result.payload).toMatchObject({ code: 'network', status: null });
    expect(stage.auth().status).toBe('signedIn');
  });
});

describe('dispatching fetchUser', () => {
  test('finds the session that the page was not told of', async () => {
    const backend = new Backend();
    backend.login('ada');
    stage = setStage({ backend });
    await stage.store.dispatch(fetchUser());
    expect(stage.auth()).toMatchObject({ status: 'signedIn', user: { id: 'user-ada' } });
  });

  test('finds nobody', async () => {
    stage = setStage();
    await stage.store.dispatch(fetchUser());
    expect(stage.auth()).toMatchObject({ status: 'signedOut', reason: 'anonymous' });
  });

  test('is ignored when its answer comes after a login', async () => {
    stage = setStage();
    const late = deferred();
    stage.backend.next('GET /api/user', async () => {
      await late.promise;
      return problem('no_session');
    });
    const asking = stage.store.dispatch(fetchUser());
    await until(() => stage.backend.count('GET /api/user') === 1);
    await stage.store.dispatch(login(ada)).unwrap();
    late.resolve();
    await asking;
    expect(stage.auth().status).toBe('signedIn');
  });
});

describe('dispatching refreshSession', () => {
  test('renews, and tells so while it runs', async () => {
    stage = signedInStage();
    const gate = deferred();
    const { backend } = stage;
    backend.next('POST /api/user', async (call) => {
      await gate.promise;
      return backend.answer(call);
    });
    const running = stage.store.dispatch(refreshSession());
    await until(() => backend.count('POST /api/user') === 1);
    expect(stage.auth()).toMatchObject({ refresh: 'refreshing', session: { version: 1 } });
    gate.resolve();
    await running.unwrap();
    expect(stage.auth()).toMatchObject({ refresh: 'idle', session: { id: 's1', version: 2 } });
  });

  test('three times at once costs one call', async () => {
    stage = signedInStage();
    await Promise.all([1, 2, 3].map(() => stage.store.dispatch(refreshSession()).unwrap()));
    expect(stage.backend.count('POST /api/user')).toBe(1);
  });

  test('sends nothing when nobody is signed in', async () => {
    stage = setStage();
    await stage.store.dispatch(refreshSession());
    expect(stage.backend.calls).toEqual([]);
  });

  test('ends the session when the server refuses for good', async () => {
    stage = signedInStage();
    stage.backend.next('POST /api/user', () => problem('session_ended'));
    const result = await stage.store.dispatch(refreshSession());
    expect(result.payload).toMatchObject({ code: 'ERR_SESSION_ENDED' });
    expect(stage.auth()).toMatchObject({ status: 'signedOut', reason: 'session_ended' });
  });
});

test('what passes through the store can be written down as JSON, and the password is not in the state', async () => {
  stage = setStage();
  const seen: unknown[] = [];
  stage.store.subscribe(() => seen.push(stage.store.getState()));
  await stage.store.dispatch(login(ada)).unwrap();
  await stage.store.dispatch(refreshSession()).unwrap();
  const written = JSON.stringify(seen);
  expect(JSON.parse(written)).toEqual(seen);
  expect(written).not.toContain('lovelace"');
});
