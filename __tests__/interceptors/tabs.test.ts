import { createTabLock, underLock } from '../../interceptors/tabLock.ts';
import { createFakeClock } from '../../interceptors/testing/fakeClock.ts';
import {
  createSharedLock,
  createTabs,
  deferred,
  settled,
  type Tab,
} from '../../interceptors/testing/tabs.ts';

const pair = (tabs: readonly Tab[]) => tabs as readonly [Tab, Tab];

describe('tabs of one jar', () => {
  test('that expire together cost one refresh; the others learn it from the hint', async () => {
    const { backend, tabs } = createTabs(8);
    backend.expire();
    const all = await Promise.all(tabs.flatMap(({ send }, i) => [send(`/${i}/a`), send(`/${i}/b`)]));
    expect(new Set(all)).toEqual(new Set(['200']));
    expect([backend.refreshes, backend.peak]).toEqual([1, 1]);
  });

  test('refresh one after the other where each asks for the answer itself', async () => {
    const { backend, tabs } = createTabs(2);
    const answers = await Promise.all(tabs.map(({ reauth }) => reauth.refresh()));
    expect(answers.map((info) => info?.session.version)).toEqual([2, 2]);
    expect([backend.refreshes, backend.peak]).toEqual([2, 1]);
  });

  test('a tab that hears of another’s renewal replays a late 401 without asking', async () => {
    const { backend, tabs } = createTabs(2);
    const [here, there] = pair(tabs);
    backend.expire();
    const gate = backend.hold('/late');
    const late = here.send('/late');
    await there.send('/a');
    gate.release();
    expect([await late, backend.refreshes]).toEqual(['200', 1]);
    expect(here.events.find(({ type }) => type === 'sessionRenewed')).toMatchObject({
      by: 'otherTab',
      session: null,
    });
  });

  test('a login in one tab is heard in the other, and ends what waits there', async () => {
    const { backend, tabs } = createTabs(2);
    const [here, there] = pair(tabs);
    backend.expire();
    backend.hold('refresh');
    const waiting = here.send('/a');
    await settled();
    backend.login();
    expect(await waiting).toBe('ERR_SESSION_CHANGED');
    expect(there.events.at(-1)).toMatchObject({ type: 'sessionChanged', hint: { id: 's2' } });
    expect(await there.send('/b')).toBe('200');
  });

  test('a logout in one tab is news in the other but proves nothing', async () => {
    const { backend, tabs } = createTabs(2);
    backend.logout();
    expect(tabs[1]!.events.at(-1)).toMatchObject({ type: 'hintLost' });
    expect(tabs[1]!.reauth.state).toBe('idle');
  });

  test('a tab that no longer listens hears nothing', async () => {
    const { backend, tabs } = createTabs(2);
    tabs[1]!.reauth.dispose();
    backend.login();
    expect(tabs[1]!.events).toEqual([]);
  });
});

describe('login and logout', () => {
  test('abort the page’s own refresh, wait for its lock, and keep refreshes off meanwhile', async () => {
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

  test('that fail leave the session as it was: who waits is refreshed after all', async () => {
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

  test('that hang hold nobody longer than the budget', async () => {
    const { backend, clock, tabs } = createTabs();
    const { reauth, send } = tabs[0]!;
    backend.expire();
    void reauth.exclusive(() => deferred<never>().promise);
    await settled();
    const waiting = send('/a');
    await clock.advance(30_000);
    expect([await waiting, reauth.state]).toEqual(['ERR_REFRESH_UNAVAILABLE', 'idle']);
  });

  test('wait for a refresh that ignores its signal, but not for ever', async () => {
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

  test('are no news to the page itself, though the hint changes before they return', async () => {
    const { backend, clock, tabs } = createTabs();
    const { reauth, events } = tabs[0]!;
    reauth.loggedIn(await reauth.exclusive(async () => backend.login()));
    await clock.advance(0);
    reauth.loggedOut();
    expect(events.map(({ type }) => type)).toEqual([]);
  });

  test('keep a late word about the old session from ending the page', async () => {
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
});

describe('the lock', () => {
  const clock = createFakeClock();
  const work = () => Promise.resolve('done');

  test.each([
    [
      'throws',
      () => {
        throw new Error('SecurityError');
      },
    ],
    ['rejects', () => Promise.reject(new Error('AbortError'))],
    ['answers without doing the work', () => Promise.resolve(undefined as never)],
  ])('that %s is survived: the work is done without', async (_, lock) => {
    const done = jest.fn(work);
    expect(await underLock(lock, done, 1000, clock)).toBe('done');
    expect([done.mock.calls.length, clock.timers]).toEqual([1, 0]);
  });

  test('that comes too late finds the work begun, and is held as long as that takes', async () => {
    const lock = createSharedLock();
    const [first, second] = [deferred(), deferred()];
    void lock(() => first.promise);
    const done = jest.fn(() => second.promise);
    const outcome = underLock(lock, done, 1000, clock);
    await clock.advance(1000);
    expect(done).toHaveBeenCalledTimes(1);
    const third = jest.fn(work);
    void lock(third);
    first.resolve();
    await settled();
    expect(third).not.toHaveBeenCalled();
    second.resolve();
    await outcome;
    await settled();
    expect([done.mock.calls.length, third.mock.calls.length]).toEqual([1, 1]);
  });

  test('its failure is the work’s, told once', async () => {
    await expect(
      underLock(createSharedLock(), () => Promise.reject(new Error('no')), 1000, clock),
    ).rejects.toThrow('no');
  });

  test('is the browser’s where there is one, else the page’s own order', async () => {
    const request = jest.fn((_: string, task: () => unknown) => task());
    const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Object.defineProperty(globalThis, 'navigator', { value: { locks: { request } }, configurable: true });
    expect(await createTabLock()(work)).toBe('done');
    expect(request).toHaveBeenCalledWith('reseal', work);
    Object.defineProperty(globalThis, 'navigator', { value: undefined, configurable: true });
    const lock = createTabLock();
    const gate = deferred();
    const order: number[] = [];
    const first = lock(() => gate.promise.then(() => order.push(1)));
    const second = lock(async () => order.push(2));
    await settled();
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual([1, 2]);
    if (navigator) Object.defineProperty(globalThis, 'navigator', navigator);
  });
});
