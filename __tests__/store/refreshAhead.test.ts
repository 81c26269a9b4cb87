import type { SessionInfo } from '../../contract/user.ts';
import { refreshFailed, refreshStarted, sessionEnded, sessionRefreshed } from '../../store/authSlice.ts';
import { createAuthMiddleware } from '../../store/authMiddleware.ts';
import type { AuthParts } from '../../store/authParts.ts';
import type { Deps } from '../../store/demo/deps.ts';
import { makeStore, type AppStore } from '../../store/demo/makeStore.ts';
import { hintMoved, pageHidden, pageShown } from '../../store/pageActions.ts';

const YEAR_MS = 365 * 86_400_000;

const session = (version: number, expiresInMs: number | null): SessionInfo => ({
  user: { id: 'u', name: 'Ada' },
  session: { id: 's', version, expiresInMs, endsInMs: YEAR_MS },
});

/** Waits for the end of the session, as long as one looks at the page. */
const END_TIMER = 1;

/** A store over a page whose clock, visibility and engine the test holds. */
function page(expiresInMs: number | null) {
  const device = {
    visible: true,
    refreshes: 0,
    outcome: 'refreshed' as 'refreshed' | 'failed',
    asked: 0,
    asleepMs: 0,
  };
  const startMs = performance.now();
  const now = () => performance.now() - startMs + device.asleepMs;
  const parts = {
    page: {
      now,
      isVisible: () => device.visible,
      readHint: () => ({ id: 's', version: 1 + device.refreshes }),
    },
    user: {
      whoAmI: () => {
        device.asked += 1;
        return Promise.resolve(session(1 + device.refreshes, expiresInMs));
      },
    },
    reauth: {
      loggedIn: () => undefined,
      refresh: () => {
        device.refreshes += 1;
        store.dispatch(refreshStarted(now()));
        if (device.outcome === 'failed') {
          store.dispatch(refreshFailed(now()));
          return Promise.reject({ code: 'ERR_REFRESH_UNAVAILABLE' });
        }
        const info = session(1 + device.refreshes, expiresInMs);
        store.dispatch(sessionRefreshed({ ...info, seenAtMs: now() }));
        return Promise.resolve(info);
      },
    },
  } as unknown as AuthParts;
  const store: AppStore = makeStore(
    parts as unknown as Deps,
    createAuthMiddleware(parts),
    session(1, expiresInMs),
  );
  store.dispatch(pageShown());
  return { store, device };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});
afterEach(() => jest.useRealTimers());

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('the proactive refresh', () => {
  test('comes a margin before expiry, again and again, with one timer at any time', async () => {
    const { device } = page(300_000);
    for (let round = 1; round <= 4; round += 1) {
      await pass(269_999);
      expect(device.refreshes).toBe(round - 1);
      expect(jest.getTimerCount()).toBe(END_TIMER + 1);
      await pass(1);
      expect(device.refreshes).toBe(round);
    }
  });

  test('does nothing in a hidden tab, and comes once when the tab is shown late', async () => {
    const { store, device } = page(300_000);
    device.visible = false;
    store.dispatch(pageHidden());
    expect(jest.getTimerCount()).toBe(0);
    await pass(900_000);
    expect(device.refreshes).toBe(0);
    device.visible = true;
    store.dispatch(pageShown());
    store.dispatch(pageShown());
    await pass(0);
    expect(device.refreshes).toBe(1);
  });

  test.each([
    ['goes on', 8 * 3_600_000, 0],
    ['stands still', 0, 269_000],
  ])(
    'fires once after a sleep through which no timer ran and the clock %s',
    async (_, asleepMs, untilDue) => {
      const { store, device } = page(300_000);
      await pass(1000);
      device.asleepMs = asleepMs;
      store.dispatch(pageShown());
      store.dispatch(pageShown());
      await pass(untilDue);
      expect(device.refreshes).toBe(1);
      await pass(200_000);
      expect(device.refreshes).toBe(1);
    },
  );

  test.each([+24, -24])('is right under a wall clock that jumps %i hours', async (hours) => {
    const { device } = page(300_000);
    await pass(100_000);
    jest.setSystemTime(Date.now() + hours * 3_600_000);
    await pass(169_999);
    expect(device.refreshes).toBe(0);
    await pass(1);
    expect(device.refreshes).toBe(1);
  });

  test('leaves a token that lives 10 seconds to the 401', async () => {
    const { device } = page(10_000);
    await pass(600_000);
    expect(device.refreshes).toBe(0);
    expect(jest.getTimerCount()).toBe(END_TIMER);
  });

  test('waits a month for a token that lives a month, in steps that a timer can hold', async () => {
    const month = 31 * 86_400_000;
    const { device } = page(month);
    await pass(month - 30_001);
    expect(device.refreshes).toBe(0);
    await pass(1);
    expect(device.refreshes).toBe(1);
  });

  test('costs one call a window during an outage, and is as before when that is over', async () => {
    const { store, device } = page(300_000);
    device.outcome = 'failed';
    await pass(270_000);
    expect(device.refreshes).toBe(1);
    expect(store.getState().auth).toMatchObject({ refresh: 'degraded' });
    await pass(29_999);
    expect(device.refreshes).toBe(1);
    await pass(60_001);
    expect(device.refreshes).toBe(4);
    device.outcome = 'refreshed';
    await pass(30_000);
    expect(store.getState().auth).toMatchObject({ refresh: 'idle' });
    await pass(269_999);
    expect(device.refreshes).toBe(5);
  });

  test('is put off when another way of refreshing came first', async () => {
    const { store, device } = page(300_000);
    await pass(200_000);
    store.dispatch(sessionRefreshed({ ...session(2, 300_000), seenAtMs: 200_000 }));
    await pass(269_999);
    expect(device.refreshes).toBe(0);
    await pass(1);
    expect(device.refreshes).toBe(1);
  });

  test('is over with the session', async () => {
    const { store, device } = page(300_000);
    store.dispatch(sessionEnded(0));
    expect(jest.getTimerCount()).toBe(0);
    await pass(900_000);
    expect(device.refreshes).toBe(0);
  });

  test('sends nothing when the DevTools travel through time', async () => {
    const { store, device } = page(300_000);
    await pass(269_000);
    const past = store.getState();
    await pass(1000);
    expect(device.refreshes).toBe(1);
    store.replaceReducer(() => past);
    store.dispatch(hintMoved());
    await pass(60_000);
    expect(store.getState()).toBe(past);
    expect(device.refreshes).toBe(1);
  });
});

test('a refresh in another tab is asked about once, and by a visible tab only', async () => {
  const { store, device } = page(300_000);
  device.refreshes = 1;
  device.visible = false;
  store.dispatch(hintMoved());
  expect(device.asked).toBe(0);
  device.visible = true;
  store.dispatch(pageShown());
  store.dispatch(hintMoved());
  await pass(0);
  expect(device.asked).toBe(1);
  expect(store.getState().auth).toMatchObject({ session: { version: 2 } });
});
