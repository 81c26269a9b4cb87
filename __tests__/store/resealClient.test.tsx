import '../support/dom.ts';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { fetchUser, login, selectUser } from '../../store/index.ts';
import { startHost, type Host } from '../doors/doors.ts';
import { TabbedBrowser } from '../support/browserTabs.ts';
import { until } from '../../testing/until.ts';
import { added, api, App, makeOwnedStore, makeStore, Profile, type Person } from './existingApp.tsx';

let host: Host;
let browser: TabbedBrowser;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  host = await startHost({ reseal: { claims: () => ({ roles: ['editor'] }) } });
  browser = new TabbedBrowser(host.url);
});
afterEach(async () => {
  jest.useRealTimers();
  for (const close of closers.splice(0)) close();
  cleanup();
  await host.close();
});

const ada = { username: 'ada', password: 'lovelace' };

/** A tab with a store of the existing app, signed in as Ada. */
async function signedIn<S extends ReturnType<typeof makeStore>>(
  make: (...args: Parameters<typeof makeStore>) => S,
) {
  const store = make(null, browser.tab());
  closers.push(store.reseal.start());
  await store.dispatch(login(ada)).unwrap();
  return store;
}

const ask = (store: ReturnType<typeof makeStore>) =>
  store.dispatch(api.endpoints.me.initiate(undefined, { forceRefetch: true, subscribe: false }));

describe('a store that was there before Reseal', () => {
  test('logs in by a thunk, and its selector knows the claims of the user', async () => {
    const store = await signedIn(makeStore);
    const user: Person | null = selectUser(store.getState());
    expect(user).toMatchObject({ id: 'user-ada', roles: ['editor'] });
  });

  test('waits with ten queries for one refresh of a dead token', async () => {
    const store = await signedIn(makeStore);
    host.upstream.expireAccessTokens();
    const notes = Array.from({ length: 10 }, (_, at) =>
      store.dispatch(api.endpoints.addNote.initiate(`note ${at}`)).unwrap(),
    );
    for (const note of await Promise.all(notes)) expect(note.id).toEqual(expect.any(String));
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
    expect(store.getState().auth).toMatchObject({ refresh: 'idle', session: { version: 2 } });
  });

  test('gets what the upstream itself says of a failure, and no body of a problem of the server', async () => {
    const store = await signedIn(makeStore);
    const missing = () => store.dispatch(api.endpoints.missing.initiate(undefined, { forceRefetch: true }));
    expect((await missing()).error).toMatchObject({ status: 404, data: expect.any(Object) });
    await browser.logout();
    expect((await missing()).error).toEqual({
      code: 'no_session',
      status: 401,
      requestId: expect.any(String),
    });
  });

  test('keeps its own extraArgument', async () => {
    const store = await signedIn(makeStore);
    expect(store.dispatch((_: unknown, __: unknown, extra: { own: string }) => extra.own)).toBe('extra');
  });

  test('without the middleware says what is missing', async () => {
    const { auth, cart } = { auth: makeStore().getState().auth, cart: [] };
    expect([auth.status, cart]).toEqual(['unknown', []]);
    const bare = (await import('@reduxjs/toolkit')).configureStore({ reducer: { auth: () => auth } });
    const refused = (await bare.dispatch(fetchUser())) as { error?: { message?: string } };
    expect(refused.error?.message).toMatch(/createResealClient/);
  });

  test('that is made on the server and never started sends nothing and sets no timer', async () => {
    jest.useFakeTimers();
    const store = makeStore(null, browser.tab());
    const session = { id: 's', version: 1, expiresInMs: 600_000, endsInMs: 600_000 };
    store.reseal.meet({ user: { id: 'u', name: 'Ada' }, session });
    await jest.advanceTimersByTimeAsync(0);
    expect([store.getState().auth.status, browser.calls, jest.getTimerCount()]).toEqual(['signedIn', [], 0]);
  });
});

describe('a login of another person', () => {
  test('drops what belonged to the last one in the same step', async () => {
    const store = await signedIn(makeOwnedStore as unknown as typeof makeStore);
    store.dispatch(added('apples'));
    const seen: unknown[] = [];
    store.subscribe(() => {
      const { auth, cart } = store.getState();
      if (auth.status === 'signedIn' && auth.user.id === 'user-grace') seen.push(cart);
    });
    await store.dispatch(login({ username: 'grace', password: 'hopper' })).unwrap();
    expect(seen.length).toBeGreaterThan(0);
    for (const cart of seen) expect(cart).toEqual([]);
  });

  test('leaves a plain combination of slices to the app', async () => {
    const store = await signedIn(makeStore);
    store.dispatch(added('apples'));
    await store.dispatch(login({ username: 'grace', password: 'hopper' })).unwrap();
    expect(store.getState().cart).toEqual(['apples']);
  });
});

describe('a page with useState(makeStore)', () => {
  /** The page as the server made it, with a token that died on the way. */
  const page = async () => {
    await browser.login();
    const session = await host.reseal.getSession({ headers: new Headers({ cookie: browser.cookie }) });
    host.upstream.expireAccessTokens();
    render(
      <StrictMode>
        <App session={session as never} options={browser.tab()}>
          <Profile />
        </App>
      </StrictMode>,
    );
  };

  test('shows the person from the first render, and refreshes once in strict mode', async () => {
    await page();
    expect(screen.getByText(/^signedIn: Ada Lovelace \(editor\)/)).toBeTruthy();
    await screen.findByText(/upstream user-ada/);
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
    expect(browser.count('POST /api/user')).toBe(1);
  });

  test('notices a logout in another tab', async () => {
    await page();
    await screen.findByText(/upstream user-ada/);
    const other = await signedInElsewhere();
    await other.reseal.parts.user.logout({});
    await screen.findByText(/^signedOut: anonymous/);
  });

  test('logs out by a click', async () => {
    await page();
    fireEvent.click(screen.getByRole('button', { name: 'Log out' }));
    await screen.findByText(/^signedOut: anonymous/);
    expect(browser.hint).toBeNull();
  });

  test('lets the cookie catch up with a refresh of the server, without another refresh', async () => {
    await browser.login();
    host.upstream.expireAccessTokens();
    const request = { headers: new Headers({ cookie: browser.cookie }) };
    expect((await host.reseal.upstreamFetch('/me', { request })).status).toBe(200);
    const session = await host.reseal.getSession(request);
    expect([session?.session.version, browser.hint?.version]).toEqual([2, 1]);
    const tabs = [1, 2].map(() => makeStore(session as never, browser.tab()));
    for (const tab of tabs) {
      closers.push(tab.reseal.start());
      tab.reseal.meet(session);
    }
    await act(() => until(() => browser.hint?.version === 2, { what: 'the cookie of version 2' }));
    await Promise.all(tabs.map((tab) => ask(tab)));
    expect(browser.count('POST /api/user')).toBe(1);
    expect(host.upstream.stats().refreshCalls).toBe(1);
  });
});

async function signedInElsewhere() {
  const other = makeStore(null, browser.tab());
  closers.push(other.reseal.start());
  await until(() => other.getState().auth.status === 'signedIn', { what: 'the other tab’s session' });
  return other;
}
