import type { SessionInfo } from '../../contract/user.ts';
import { sessionRefreshed } from '../../store/authSlice.ts';
import { createAuthMiddleware } from '../../store/authMiddleware.ts';
import type { AuthParts } from '../../store/authParts.ts';
import type { Deps } from '../../store/demo/deps.ts';
import { makeStore } from '../../store/demo/makeStore.ts';
import { pageHidden, pageShown } from '../../store/pageActions.ts';

const HOUR_MS = 3_600_000;

const session = (endsInMs: number): SessionInfo => ({
  user: { id: 'u', name: 'Ada' },
  session: { id: 's', version: 1, expiresInMs: null, endsInMs },
});

const refusal = (code: string) => ({ response: { status: 401, headers: { 'x-reseal-reason': code } } });

/** A page of a session that ends in an hour, at which nothing is done; `answer` is what the server says when asked. */
function idlePage(answer: () => Promise<SessionInfo>) {
  const world = { visible: true, asked: 0, left: 0, answer };
  const parts = {
    page: { now: () => performance.now(), isVisible: () => world.visible, readHint: () => null },
    user: {
      whoAmI: () => {
        world.asked += 1;
        return world.answer();
      },
    },
    reauth: { loggedIn: () => undefined, loggedOut: () => void (world.left += 1) },
  } as unknown as AuthParts;
  const store = makeStore(parts as unknown as Deps, createAuthMiddleware(parts), session(HOUR_MS));
  store.dispatch(pageShown());
  return { world, store, auth: () => store.getState().auth };
}

beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'], now: 0 }),
);
afterEach(() => jest.useRealTimers());

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('a session whose time is over at a page where nothing is done', () => {
  // The cookie is over too, is not sent, and the server cannot tell why there is none.
  test.each(['no_session', 'session_ended'])(
    'has ended, as the page learns a second later: %s',
    async (code) => {
      const { world, auth } = idlePage(() => Promise.reject(refusal(code)));
      await pass(HOUR_MS + 999);
      expect([world.asked, auth().status]).toEqual([0, 'signedIn']);
      await pass(1);
      expect(auth()).toMatchObject({ status: 'signedOut', reason: 'session_ended' });
      await pass(HOUR_MS);
      expect([world.asked, world.left, jest.getTimerCount()]).toEqual([1, 1, 0]);
    },
  );

  test('goes on where another tab has prolonged it, until that time is over', async () => {
    const { world, auth } = idlePage(() => Promise.resolve(session(HOUR_MS)));
    await pass(HOUR_MS + 1000);
    expect([world.asked, auth().status]).toEqual([1, 'signedIn']);
    world.answer = () => Promise.reject(refusal('no_session'));
    await pass(HOUR_MS + 999);
    expect(world.asked).toBe(1);
    await pass(1);
    expect(auth()).toMatchObject({ status: 'signedOut', reason: 'session_ended' });
  });

  test('is asked about once a second at most, whatever the server says of its time', async () => {
    const { world } = idlePage(() => Promise.resolve(session(0)));
    await pass(HOUR_MS + 10_000);
    expect(world.asked).toBe(10);
  });

  test('is not asked about by a hidden tab, and at once when the tab is shown', async () => {
    const { world, store, auth } = idlePage(() => Promise.reject(refusal('no_session')));
    world.visible = false;
    store.dispatch(pageHidden());
    // Another tab has refreshed: this one hears of it too, and has no reason to wait.
    store.dispatch(sessionRefreshed({ ...session(HOUR_MS), seenAtMs: 1 }));
    await pass(2 * HOUR_MS);
    expect([world.asked, jest.getTimerCount()]).toEqual([0, 0]);
    world.visible = true;
    store.dispatch(pageShown());
    await pass(0);
    expect([world.asked, auth().status]).toEqual([1, 'signedOut']);
  });

  test('is asked about again when one is online again', async () => {
    const { world, store, auth } = idlePage(() => Promise.reject({ code: 'ERR_NETWORK' }));
    await pass(HOUR_MS + 60_000);
    expect([world.asked, auth().status]).toEqual([1, 'signedIn']);
    world.answer = () => Promise.reject(refusal('no_session'));
    store.dispatch(pageShown());
    await pass(0);
    expect(auth()).toMatchObject({ status: 'signedOut', reason: 'session_ended' });
  });
});
