import '../support/dom.ts';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import {
  CatchUp,
  createSession,
  SessionProvider,
  useSession,
  useUser,
  type SessionProviderProps,
} from '../../react/index.ts';
import type { SessionInfo, User } from '../../contract/user.ts';
import { Browser } from '../../testing/browser.ts';
import { until } from '../../testing/until.ts';
import { startHost, type Host } from '../doors/doors.ts';
import { TabbedBrowser } from '../support/browserTabs.ts';
import { asServer } from '../support/dom.ts';

type Person = User & { readonly roles?: readonly string[] };

let host: Host;
let browser: TabbedBrowser;
let users: (Person | null)[] = [];
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  host = await startHost({ reseal: { claims: () => ({ roles: ['editor'] }) } });
  browser = new TabbedBrowser(host.url);
  users = [];
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  cleanup();
  await host.close();
});

const useMe = useUser<Person>;

function Page() {
  const session = useSession<Person>();
  const user = useMe();
  users.push(user);
  const say = () => {
    switch (session.status) {
      case 'loading':
        return 'loading';
      case 'signedIn':
        return `${session.user.name} (${session.user.roles?.join()}), version ${session.session.version}, ${session.refresh}`;
      case 'signedOut':
        return `signed out: ${session.reason}`;
      case 'unreachable':
        return 'unreachable';
    }
  };
  const shown = say();
  const logIn = async () => {
    const error = await session.login({ username: 'ada', password: 'lovelace' });
    if (error) throw new Error(error.code);
  };
  return (
    <>
      <p>{shown}</p>
      <button onClick={() => void logIn()}>Log in</button>
      <button onClick={() => void session.login({ username: 'ada', password: 'wrong' })}>
        Log in wrongly
      </button>
      <button onClick={() => void session.logout()}>Log out</button>
      <button onClick={() => void session.refreshNow()}>Refresh</button>
      <button onClick={() => void session.http.get('/api/upstream/me').catch(() => undefined)}>Call</button>
    </>
  );
}

const page = (props: Omit<SessionProviderProps<Person>, 'children'> = {}, more?: SessionInfo | null) => (
  <StrictMode>
    <SessionProvider<Person> {...browser.tab()} {...props}>
      <Page />
      {more && <CatchUp session={more} />}
    </SessionProvider>
  </StrictMode>
);

const request = (cookie = browser.cookie) => ({ headers: new Headers({ cookie }) });
const serverSession = () => host.reseal.getSession(request()) as Promise<SessionInfo<Person> | null>;
const click = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

/** A page whose server found Ada signed in. */
async function signedInPage() {
  await browser.login();
  return render(page({ initial: await serverSession() }));
}

describe('useSession', () => {
  test('is loading where the server was not asked, and then knows who is signed in', async () => {
    await browser.login();
    render(page());
    expect(screen.getByText('loading')).toBeTruthy();
    await screen.findByText('Ada Lovelace (editor), version 1, idle');
    expect(browser.calls.filter((call) => call !== 'GET /api/user')).toEqual([]);
  });

  test('finds no session where there is none', async () => {
    render(page());
    await screen.findByText('signed out: anonymous');
  });

  test('does not ask where the server has found no session and there is no hint', async () => {
    render(page({ initial: null }));
    expect(screen.getByText('signed out: anonymous')).toBeTruthy();
    expect(browser.calls).toEqual([]);
  });

  test('asks where the server got no cookie, as after a link from another site, and there is a hint', async () => {
    await browser.login();
    render(page({ initial: null }));
    await screen.findByText('Ada Lovelace (editor), version 1, idle');
  });

  test('says that the server cannot be reached, and asks again when the page is online', async () => {
    await browser.login();
    const away = browser.origin;
    Object.assign(browser, { origin: 'http://127.0.0.1:1' });
    render(page());
    await screen.findByText('unreachable');
    Object.assign(browser, { origin: away });
    act(() => void window.dispatchEvent(new window.Event('online')));
    await screen.findByText('Ada Lovelace (editor), version 1, idle');
  });

  test('leaves unreachable for signed out when the server answers that there is no session', async () => {
    const away = browser.origin;
    Object.assign(browser, { origin: 'http://127.0.0.1:1' });
    render(page());
    await screen.findByText('unreachable');
    Object.assign(browser, { origin: away });
    act(() => void window.dispatchEvent(new window.Event('online')));
    await screen.findByText('signed out: anonymous');
  });

  test('logs in and out, and keeps the form on the screen while a login runs', async () => {
    render(page({ initial: null }));
    click('Log in wrongly');
    expect(screen.getByText('signed out: anonymous')).toBeTruthy();
    await screen.findByText('signed out: login_refused');
    click('Log in');
    await screen.findByText('Ada Lovelace (editor), version 1, idle');
    click('Log out');
    await screen.findByText('signed out: logged_out');
    expect(browser.hint).toBeNull();
  });

  test('refreshes once for ten calls over a dead token, and useUser keeps its object', async () => {
    await signedInPage();
    host.upstream.expireAccessTokens();
    for (let at = 0; at < 10; at += 1) click('Call');
    await screen.findByText('Ada Lovelace (editor), version 2, idle');
    click('Refresh');
    await screen.findByText('Ada Lovelace (editor), version 3, idle');
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 2, maxPresentations: 1 });
    expect(new Set(users).size).toBe(1);
  });

  test('tells a refresh that fails, and keeps the session', async () => {
    await browser.login();
    const { http, reauth } = browser.tab();
    render(page({ initial: await serverSession(), http, reauth: { ...reauth, limits: { refreshMs: 300 } } }));
    Object.assign(browser, { origin: 'http://127.0.0.1:1' });
    click('Refresh');
    await screen.findByText('Ada Lovelace (editor), version 1, refreshing');
    await screen.findByText('Ada Lovelace (editor), version 1, degraded');
  });

  test('tells that the session was ended on the server', async () => {
    await signedInPage();
    const elsewhere = new Browser(host.url);
    await elsewhere.call('/api/logout', {
      method: 'POST',
      json: { everywhere: true },
      cookie: browser.cookie,
    });
    click('Call');
    await screen.findByText(/^signed out: session_/);
  });

  test('throws without a provider', () => {
    expect(() => render(<Page />)).toThrow(/SessionProvider/);
  });
});

describe('several tabs of one browser', () => {
  /** Another tab, whose page is not looked at here. */
  function otherTab() {
    const tab = createSession(browser.tab());
    closers.push(tab.start());
    return tab;
  }

  test('show a logout of one of them', async () => {
    await signedInPage();
    const other = otherTab();
    await until(() => other.getSnapshot().status === 'signedIn', { what: 'the session of the other tab' });
    expect(await act(() => other.logout())).toEqual({ error: null, endSessionUrl: null });
    await screen.findByText('signed out: logged_out_elsewhere');
  });

  test('show a login of another person', async () => {
    await signedInPage();
    const grace = { username: 'grace', password: 'hopper' };
    expect(await act(() => otherTab().login(grace))).toBeNull();
    await screen.findByText('Grace Hopper (editor), version 1, idle');
  });

  test('cost one refresh of a token that died for all of them', async () => {
    await signedInPage();
    const others = [otherTab(), otherTab()];
    await until(() => others.every((tab) => tab.getSnapshot().status === 'signedIn'), { what: 'three tabs' });
    host.upstream.expireAccessTokens();
    click('Call');
    await act(() => Promise.all(others.map((tab) => tab.http.get('/api/upstream/me'))));
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
    await screen.findByText('Ada Lovelace (editor), version 2, idle');
  });

  test('are not signed in again by page data from before a logout', async () => {
    const { rerender } = await signedInPage();
    const stale = await serverSession();
    click('Log out');
    await screen.findByText('signed out: logged_out');
    rerender(page({ initial: stale }));
    expect(screen.getByText('signed out: logged_out')).toBeTruthy();
  });
});

describe('a page that the server rendered', () => {
  test('shows the session in its HTML, and hydrates without a mismatch', async () => {
    await browser.login();
    const initial = await serverSession();
    const html = await asServer(async () => renderToString(page({ initial })));
    expect(html).toContain('Ada Lovelace (editor), version 1, idle');
    const container = document.body.appendChild(document.createElement('div'));
    container.innerHTML = html;
    const complaints: unknown[] = [];
    jest.spyOn(console, 'error').mockImplementation((complaint) => void complaints.push(complaint));
    const root = await act(async () =>
      hydrateRoot(container, page({ initial }), {
        onRecoverableError: (error) => void complaints.push(error),
      }),
    );
    expect(complaints).toEqual([]);
    expect(browser.calls).toEqual([]);
    act(() => root.unmount());
    container.remove();
  });

  test('catches up with a refresh of the server by one call, without another refresh', async () => {
    await browser.login();
    const initial = await serverSession();
    const { rerender } = render(page({ initial }));
    host.upstream.expireAccessTokens();
    expect((await host.reseal.upstreamFetch('/me', { request: request() })).status).toBe(200);
    expect(browser.hint?.version).toBe(1);
    rerender(page({ initial }, await serverSession()));
    await screen.findByText('Ada Lovelace (editor), version 2, idle');
    await act(() => until(() => browser.hint?.version === 2, { what: 'the cookie of version 2' }));
    click('Call');
    expect(browser.count('POST /api/user')).toBe(1);
    expect(host.upstream.stats()).toMatchObject({ refreshCalls: 1, maxPresentations: 1 });
  });

  test('sends nothing to catch up where the cookie is as new as the session', async () => {
    await browser.login();
    const initial = await serverSession();
    render(page({ initial }, initial));
    expect(browser.calls).toEqual([]);
  });
});
