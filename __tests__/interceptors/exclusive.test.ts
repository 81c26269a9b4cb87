import type { SessionInfo } from '../../contract/user.ts';
import { createBackend } from '../../interceptors/testing/backend.ts';
import { createSharedLock, createTabs, deferred, settled } from '../../interceptors/testing/tabs.ts';

describe('login and logout', () => {
  test('a login aborts the page’s own refresh, waits for its lock, and lets no refresh start until it ends', async () => {
    const { backend, tabs } = createTabs();
    const { reauth, send } = tabs[0]!;
    backend.expire();
    const refresh = backend.hold('refresh');
    const waiting = send('/a');
    await refresh.arrived;
    const login = deferred();
    const steps: string[] = [];
    const exclusive = reauth.exclusive(async () => {
      steps.push('login');
      await login.promise;
      return backend.login();
    });
    await settled();
    const late = send('/b');
    await settled();
    expect([steps, backend.refreshes, reauth.queued]).toEqual([['login'], 1, 2]);
    login.resolve();
    reauth.loggedIn(await exclusive);
    expect(await Promise.all([waiting, late])).toEqual(['ERR_SESSION_CHANGED', 'ERR_SESSION_CHANGED']);
    expect([await send('/c'), backend.refreshes]).toEqual(['200', 1]);
  });

  test('a login that fails leaves the session as it was, and the waiting requests are refreshed after it', async () => {
    const { backend, clock, tabs } = createTabs();
    const { reauth, send } = tabs[0]!;
    backend.expire();
    const refresh = backend.hold('refresh');
    const waiting = send('/a');
    await refresh.arrived;
    const login = reauth.exclusive(() => Promise.reject(new Error('wrong password')));
    await expect(login).rejects.toThrow('wrong password');
    await clock.advance(0);
    expect([await waiting, backend.refreshes]).toEqual(['200', 2]);
  });

  test('after a login that fails, waiting requests are refreshed if the token of another tab has died too', async () => {
    const { backend, clock, tabs } = createTabs();
    const { reauth, send } = tabs[0]!;
    const login = deferred<never>();
    const refused = reauth.exclusive(() => login.promise).catch(() => 'refused');
    backend.expire();
    const first = send('/a');
    await settled();
    await backend.refresh({ staleVersion: 1, signal: AbortSignal.any([]) });
    backend.expire();
    const second = send('/b');
    await clock.advance(3000);
    login.reject(new Error('503'));
    expect(await refused).toBe('refused');
    await clock.advance(0);
    expect([await first, await second, backend.refreshes]).toEqual(['200', '200', 2]);
  });

  test('a login that hangs holds no request longer than the budget', async () => {
    const { backend, clock, tabs } = createTabs();
    const { reauth, send } = tabs[0]!;
    backend.expire();
    void reauth.exclusive(() => deferred<never>().promise);
    await settled();
    const waiting = send('/a');
    await clock.advance(30_000);
    expect([await waiting, reauth.state]).toEqual(['ERR_REFRESH_UNAVAILABLE', 'idle']);
  });

  test('a login waits for a refresh that ignores its signal, but not for ever', async () => {
    const { backend, clock, tabs } = createTabs(1, { refresh: () => deferred<never>().promise });
    const { reauth, send, events } = tabs[0]!;
    backend.expire();
    void send('/a');
    await settled();
    const steps: string[] = [];
    void reauth.exclusive(async () => steps.push('login'));
    await clock.advance(4999);
    expect(steps).toEqual([]);
    await clock.advance(1);
    expect(steps).toEqual(['login']);
    await clock.advance(30_000);
    expect(events).toContainEqual(expect.objectContaining({ type: 'refreshFailed' }));
  });

  test('a login causes no event in its own page, though the hint changes before it returns', async () => {
    const { backend, clock, tabs } = createTabs();
    const { reauth, events } = tabs[0]!;
    reauth.loggedIn(await reauth.exclusive(async () => backend.login()));
    await clock.advance(0);
    reauth.loggedOut();
    expect(events.map(({ type }) => type)).toEqual([]);
  });

  test('a late session_ended about the old session does not end the page during a login', async () => {
    const { backend, tabs } = createTabs();
    const { reauth, send, events } = tabs[0]!;
    backend.logout();
    const gate = backend.hold('/old');
    const old = send('/old');
    await gate.arrived;
    const login = deferred();
    const exclusive = reauth.exclusive(() => login.promise.then(() => backend.login()));
    gate.release();
    await old;
    expect(reauth.state).toBe('idle');
    login.resolve();
    reauth.loggedIn(await exclusive);
    expect(events.map(({ type }) => type)).not.toContain('sessionEnded');
  });

  test('a late answer of the aborted refresh changes nothing', async () => {
    const late = deferred<never>();
    const { backend, tabs } = createTabs(1, { refresh: () => late.promise, readHint: () => null });
    const { reauth, send, events } = tabs[0]!;
    reauth.loggedIn(await backend.whoAmI());
    backend.expire();
    void send('/a');
    await settled();
    reauth.loggedOut();
    late.reject(new Error('too late'));
    await settled();
    expect(reauth.state).toBe('ended');
    expect(events.map(({ type }) => type)).toContain('refreshAborted');
    expect(events.map(({ type }) => type)).not.toContain('refreshFailed');
  });

  test('the caller of a login gets a turn before a refresh runs again', async () => {
    const { backend, tabs } = createTabs(1, { readHint: () => null });
    const { reauth, send } = tabs[0]!;
    reauth.loggedIn(await backend.whoAmI());
    backend.expire();
    const refresh = backend.hold('refresh');
    const waiting = send('/a');
    await refresh.arrived;
    const info = await reauth.exclusive(async () => backend.login());
    await settled(); // a caller with other things to do first
    reauth.loggedIn(info);
    expect([await waiting, backend.refreshes]).toEqual(['ERR_SESSION_CHANGED', 1]);
  });

  test('a logout aborts the signal that the refresh was given', async () => {
    let signal: AbortSignal | undefined;
    const { backend, tabs } = createTabs(1, {
      refresh: (call) => ((signal = call.signal), deferred<never>().promise),
    });
    backend.expire();
    void tabs[0]!.send('/a');
    await settled();
    expect(signal?.aborted).toBe(false);
    tabs[0]!.reauth.loggedOut();
    expect(signal?.aborted).toBe(true);
  });

  test('a late success of the refresh that a login aborted does not count', async () => {
    const late = deferred<SessionInfo>();
    const backend = createBackend();
    const { tabs } = createTabs(1, { lock: (work) => work(), refresh: () => late.promise }, {}, backend);
    const { reauth, send } = tabs[0]!;
    backend.expire();
    void send('/a');
    await settled();
    void reauth.exclusive(() => deferred<never>().promise);
    late.resolve({
      user: { id: 'a', name: 'A' },
      session: { id: 's1', version: 2, expiresInMs: 1, endsInMs: 1 },
    });
    await settled();
    expect([reauth.state, reauth.queued]).toEqual(['refreshing', 1]);
  });

  test('a refresh that still waits for the lock at a logout never calls', async () => {
    const lock = createSharedLock();
    const other = deferred();
    void lock(() => other.promise);
    const { backend, tabs } = createTabs(1, { lock });
    backend.expire();
    const waiting = tabs[0]!.send('/a');
    await settled();
    tabs[0]!.reauth.loggedOut();
    other.resolve();
    await settled();
    expect([await waiting, backend.refreshes]).toEqual(['ERR_SESSION_ENDED', 0]);
  });
});
