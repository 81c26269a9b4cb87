import { createSessionTimer } from '../../react/sessionTimer.ts';
import { refreshed, signedIn, withRefresh, type AuthState, type Sighting } from '../../store/authState.ts';

const HOUR_MS = 3_600_000;

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

/** A page that a token of ten minutes and a session of an hour are shown on; `outcome` is what becomes of a refresh. */
function startPage(life: Partial<Sighting['session']> = {}) {
  const page = { visible: true, refreshes: 0, asked: 0, outcome: 'refreshed' as 'refreshed' | 'failed' };
  const now = () => performance.now();
  const sighting = (version: number): Sighting => ({
    user: { id: 'u', name: 'Ada' },
    session: { id: 's', version, expiresInMs: 600_000, endsInMs: HOUR_MS, ...life },
    seenAtMs: now(),
  });
  let auth: AuthState = signedIn(sighting(1), 1);
  const set = (next: AuthState) => {
    auth = next;
    timer.plan();
  };
  const timer = createSessionTimer(
    { now, isVisible: () => page.visible, readHint: () => null },
    {
      auth: () => auth,
      async refresh() {
        page.refreshes += 1;
        set(withRefresh(auth, 'refreshing'));
        if (page.outcome === 'failed') set(withRefresh(auth, 'degraded'));
        else set(refreshed(auth, sighting(1 + page.refreshes)));
      },
      async ask() {
        page.asked += 1;
      },
    },
  );
  timer.plan();
  return { page, timer };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('the timer refreshes a margin before the token expires, again after each refresh', async () => {
  const { page } = startPage();
  for (let round = 1; round <= 4; round += 1) {
    await pass(569_999);
    expect(page.refreshes).toBe(round - 1);
    await pass(1);
    expect([page.refreshes, jest.getTimerCount()]).toEqual([round, 1]);
  }
});

test('the timer of a hidden page does nothing, and acts once when the page is seen', async () => {
  const { page, timer } = startPage();
  page.visible = false;
  timer.plan();
  await pass(HOUR_MS / 2);
  expect([page.refreshes, jest.getTimerCount()]).toEqual([0, 0]);
  page.visible = true;
  timer.plan('again');
  await pass(0);
  expect(page.refreshes).toBe(1);
});

test('the timer waits after a refresh that failed', async () => {
  const { page } = startPage();
  page.outcome = 'failed';
  await pass(570_000);
  expect(page.refreshes).toBe(1);
  await pass(29_999);
  expect(page.refreshes).toBe(1);
  await pass(1);
  expect(page.refreshes).toBe(2);
});

test('the timer asks once when the session’s time is over, and again when the page is seen again', async () => {
  const { page, timer } = startPage({ expiresInMs: null });
  await pass(HOUR_MS + 999);
  expect(page.asked).toBe(0);
  await pass(HOUR_MS);
  expect(page.asked).toBe(1);
  timer.plan('again');
  await pass(0);
  expect(page.asked).toBe(2);
});

test('the timer is gone when the page is left', async () => {
  const { page, timer } = startPage();
  timer.stop();
  await pass(HOUR_MS * 2);
  expect([page.refreshes, page.asked]).toEqual([0, 0]);
});
