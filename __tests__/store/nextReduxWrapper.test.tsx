import '../support/dom.ts';
import { cleanup, render, screen } from '@testing-library/react';
import type { GetServerSidePropsContext } from 'next';
import { RouterContext } from 'next/dist/shared/lib/router-context.shared-runtime';
import type { NextRouter } from 'next/router';
import { createWrapper } from 'next-redux-wrapper';
import { StrictMode, useLayoutEffect } from 'react';
import { Provider } from 'react-redux';
import { startHost, type Host } from '../doors/doors.ts';
import { TabbedBrowser } from '../support/browserTabs.ts';
import { asServer } from '../support/dom.ts';
import type { AuthRoot } from '../../store/index.ts';
import { makeStore, Profile, type ExistingStore } from './existingApp.tsx';

let host: Host;
let browser: TabbedBrowser;
/** The wrapper keeps one store for the life of the page. */
let made: ExistingStore[] = [];

/** What the app's own file of the store says, and what its `_app.tsx` and pages make of it. */
const wrapper = createWrapper<ExistingStore>(() => {
  const store = makeStore(null, browser.tab());
  made.push(store);
  return store;
});

const getServerSideProps = wrapper.getServerSideProps((store) => async ({ req }) => {
  store.reseal.meet((await host.reseal.getSession(req)) as never);
  return { props: {} };
});

function App(given: object) {
  const { store } = wrapper.useWrappedStore(given);
  useLayoutEffect(() => store.reseal.start(), [store]);
  return (
    <Provider store={store}>
      <Profile />
    </Provider>
  );
}

const router = { events: { on: () => undefined, off: () => undefined } } as unknown as NextRouter;

interface Props {
  readonly pageProps: { readonly initialState: AuthRoot };
}

/** The props of a request, as they come out of the page's JSON. */
async function propsOf(cookie: string): Promise<Props> {
  const context = { req: { headers: { cookie } } } as GetServerSidePropsContext;
  const answer = await asServer(() => getServerSideProps(context) as Promise<{ props: object }>);
  const props = JSON.parse(JSON.stringify({ pageProps: answer.props, __N_SSP: true })) as Props;
  // The clock of a server that has run for a year.
  const { auth } = props.pageProps.initialState;
  if (auth.status === 'signedIn') Object.assign(auth.session, { seenAtMs: 365 * 86_400_000 });
  return props;
}

const page = (props: Props) => (
  <StrictMode>
    <RouterContext.Provider value={router}>
      <App {...props} />
    </RouterContext.Provider>
  </StrictMode>
);

beforeAll(async () => {
  host = await startHost({ reseal: { claims: () => ({ roles: ['editor'] }) } });
  browser = new TabbedBrowser(host.url);
});
afterAll(async () => {
  cleanup();
  await host.close();
});

test('next-redux-wrapper hands the session of getServerSideProps to the first render, and the engine refreshes once', async () => {
  await browser.login();
  const props = await propsOf(browser.cookie);
  host.upstream.expireAccessTokens();
  made = [];
  render(page(props));
  expect(screen.getByText(/^signedIn: Ada Lovelace \(editor\)/)).toBeTruthy();
  await screen.findByText(/upstream user-ada/);
  expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });

  const [store] = made;
  const { auth } = store!.getState();
  // The server's clock is another: a session is timed by the page that shows it.
  expect(auth).toMatchObject({ status: 'signedIn', session: { version: 2 } });
  expect(auth.status === 'signedIn' && auth.session.seenAtMs).toBeLessThanOrEqual(performance.now());
});

const hydrate = ({ pageProps }: Props) =>
  made[0]!.dispatch({ type: '__NEXT_REDUX_WRAPPER_HYDRATE__', payload: pageProps.initialState });

test('a page that the server made without a session does not sign the person out', async () => {
  hydrate(await propsOf(''));
  expect(made[0]!.getState().auth.status).toBe('signedIn');
});

test('a page of another person takes the place of the last one', async () => {
  await browser.login('grace', 'hopper');
  hydrate(await propsOf(browser.cookie));
  expect(made[0]!.getState().auth).toMatchObject({ status: 'signedIn', user: { id: 'user-grace' } });
  expect((await made[0]!.reseal.http.get('/api/upstream/me')).data).toMatchObject({ id: 'user-grace' });
});
