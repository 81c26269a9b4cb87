/** @jest-environment jsdom */
import { screen, waitFor } from '@testing-library/react';
import { LoginPanel } from '../../components/login/LoginPanel.tsx';
import { logout } from '../../store/authThunks.ts';
import { sessionEnded } from '../../store/authSlice.ts';
import { deferred } from '../support/deferred.ts';
import { Backend, offline, problem } from '../store/backend.ts';
import { startApp, startSignedInApp, type TestApp } from '../store/startApp.ts';
import { renderWithStore } from './renderWithStore.tsx';

let app: TestApp;
afterEach(() => app.leave());

const panel = <LoginPanel mode="password" returnTo="/notes" />;
const form = () => screen.findByRole('button', { name: 'Log in' });

const fields = () => [screen.getByLabelText('Username'), screen.getByLabelText('Password')];

/** What is read out with a field as the reason for its refusal; `null` where it was not refused. */
function refusalOf(field: HTMLElement): string | null {
  if (field.getAttribute('aria-invalid') !== 'true') return null;
  return document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent ?? '';
}

async function fillIn(user: ReturnType<typeof renderWithStore>['user'], password = 'lovelace') {
  await user.type(await screen.findByLabelText('Username'), 'ada');
  await user.type(screen.getByLabelText('Password'), password);
  await user.click(screen.getByRole('button', { name: 'Log in' }));
}

describe('the login page', () => {
  test('asks whether there is a session before it shows the form', async () => {
    app = startApp();
    const gate = deferred();
    app.backend.next('GET /api/user', async () => {
      await gate.promise;
      return problem('no_session');
    });
    renderWithStore(app, panel, '/login');
    expect(screen.getByText('Checking whether you are signed in…')).toBeTruthy();
    expect(screen.queryByLabelText('Username')).toBeNull();
    gate.resolve();
    expect(await form()).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('shows the form at once, without a call, where the server is certain that there is no session', async () => {
    app = startApp();
    const { user, visited } = renderWithStore(
      app,
      <LoginPanel mode="password" returnTo="/notes" anonymous />,
      '/login',
    );
    expect(screen.getByLabelText('Username')).toBeTruthy();
    app.backend.next('POST /api/login', () => problem('invalid_credentials'));
    await fillIn(user);
    expect(await screen.findByRole('alert')).toBeTruthy();
    await user.keyboard('lovelace{Enter}');
    await waitFor(() => expect(visited).toContain('/notes'));
    expect(app.backend.count('GET /api/user')).toBe(0);
  });

  test('goes on when there is a session after all, as after a link in a mail', async () => {
    const backend = new Backend();
    backend.login('ada');
    app = startApp({ backend });
    const { visited } = renderWithStore(app, panel, '/login');
    await waitFor(() => expect(visited).toContain('/notes'));
    expect(screen.queryByLabelText('Username')).toBeNull();
  });

  test('shows the form also when the server cannot be reached, and says so', async () => {
    app = startApp();
    app.backend.next('GET /api/user', offline);
    app.backend.next('GET /api/user', offline);
    renderWithStore(app, panel, '/login');
    expect(await screen.findByText(/could not ask whether you are signed in/)).toBeTruthy();
    expect(await form()).toBeTruthy();
  });

  test('logs a person in and goes where they wanted to go', async () => {
    app = startApp();
    const { user, visited } = renderWithStore(app, panel, '/login');
    await fillIn(user);
    await waitFor(() => expect(visited).toContain('/notes'));
    expect(app.auth()).toMatchObject({ status: 'signedIn', user: { name: 'Ada Lovelace' } });
  });

  test('tells a wrong password as an alert, keeps the name and lets the person try again', async () => {
    app = startApp();
    const { user, visited } = renderWithStore(app, panel, '/login');
    await fillIn(user, 'wrong');
    expect((await screen.findByRole('alert')).textContent).toBe('The username or the password is wrong.');
    expect((screen.getByLabelText('Username') as HTMLInputElement).value).toBe('ada');
    for (const field of fields()) expect(refusalOf(field)).toBe('The username or the password is wrong.');
    expect(document.activeElement).toBe(screen.getByLabelText('Password'));
    await user.keyboard('lovelace{Enter}');
    await waitFor(() => expect(visited).toContain('/notes'));
  });

  test.each([
    [
      'too many attempts, with the wait',
      () => problem('too_many_attempts', { 'retry-after': '30' }),
      'Too many failed attempts. Wait 30 seconds, then try again.',
    ],
    ['the issuer down', () => problem('upstream_unavailable'), /sign-in service cannot be reached/],
    ['no network', offline, /No connection/],
  ] as const)('tells %s', async (_, answer, sentence) => {
    app = startApp();
    const { user } = renderWithStore(app, panel, '/login');
    await form();
    app.backend.next('POST /api/login', answer);
    await fillIn(user);
    expect((await screen.findByRole('alert')).textContent).toMatch(sentence);
    expect(fields().map(refusalOf)).toEqual([null, null]);
  });

  test('sends one login, however often the button is pressed', async () => {
    app = startApp();
    const { user } = renderWithStore(app, panel, '/login');
    await form();
    const gate = deferred();
    const { backend } = app;
    backend.next('POST /api/login', async (call) => {
      await gate.promise;
      return backend.answer(call);
    });
    await fillIn(user);
    const busy = screen.getByRole('button', { name: 'Logging in…' });
    expect(busy.getAttribute('aria-busy')).toBe('true');
    await user.click(busy);
    await user.type(screen.getByLabelText('Password'), '{Enter}');
    gate.resolve();
    await waitFor(() => expect(app.auth().status).toBe('signedIn'));
    expect(backend.count('POST /api/login')).toBe(1);
  });

  test('asks for what is missing without a call, at the first field that is empty', async () => {
    app = startApp();
    const { user } = renderWithStore(app, panel, '/login');
    await user.click(await form());
    const [name, password] = fields() as [HTMLElement, HTMLElement];
    const sentence = 'Enter your username and your password.';
    expect(screen.getByRole('alert').textContent).toBe(sentence);
    expect([refusalOf(name), refusalOf(password), document.activeElement]).toEqual([
      sentence,
      sentence,
      name,
    ]);
    await user.keyboard('ada{Enter}');
    expect([refusalOf(name), refusalOf(password), document.activeElement]).toEqual([
      null,
      sentence,
      password,
    ]);
    expect(app.backend.count('POST /api/login')).toBe(0);
  });

  test('says why one is here after the session ended', async () => {
    app = startSignedInApp();
    app.store.dispatch(sessionEnded(0));
    renderWithStore(app, panel, '/login');
    expect(await screen.findByText(/Your session has ended/)).toBeTruthy();
  });

  test.each([
    ['rejected', /sign-in service no longer accepts your session/],
    ['reused', /old copy of your login was used/],
  ])('says why one is here after the server ended the session as %s', async (endReason, sentence) => {
    app = startSignedInApp();
    app.store.dispatch(sessionEnded(0));
    const ended = problem('session_ended');
    const answer = { ...ended, data: { ...(ended.data as object), endReason } };
    // Strict mode asks twice.
    app.backend.next('GET /api/user', () => answer);
    app.backend.next('GET /api/user', () => answer);
    renderWithStore(app, panel, '/login');
    expect(await screen.findByText(sentence)).toBeTruthy();
    expect(await form()).toBeTruthy();
  });

  test('says so after a logout', async () => {
    app = startSignedInApp();
    await app.store.dispatch(logout({}));
    renderWithStore(app, panel, '/login');
    expect(await screen.findByText('You are logged out.')).toBeTruthy();
  });

  test.each([
    ['session_ended', /Your session has ended/],
    ['no_session', /You were logged out in another tab/],
  ] as const)('asks the server where it sends a person back who is signed in: %s', async (code, sentence) => {
    app = startSignedInApp();
    const { visited, sendBack } = renderWithStore(app, panel, '/login');
    await waitFor(() => expect(visited).toContain('/notes'));
    app.backend.next('GET /api/user', () => problem(code));
    sendBack();
    expect(await screen.findByText(sentence)).toBeTruthy();
    expect(await form()).toBeTruthy();
  });

  test('tells a person whose browser kept no cookie of the login what to do', async () => {
    app = startApp();
    const { user, visited, sendBack } = renderWithStore(app, panel, '/login');
    await fillIn(user);
    await waitFor(() => expect(visited).toContain('/notes'));
    app.backend.next('GET /api/user', () => problem('no_session'));
    sendBack();
    expect(await screen.findByText(/Allow cookies for this site/)).toBeTruthy();
    expect(await form()).toBeTruthy();
  });

  test('shows one link to the provider in OIDC mode', async () => {
    app = startApp();
    renderWithStore(app, <LoginPanel mode="oidc" returnTo="/notes?a=1" />, '/login');
    const link = await screen.findByRole('link', { name: 'Log in with your provider' });
    expect(link.getAttribute('href')).toBe('/api/login?returnTo=%2Fnotes%3Fa%3D1');
    expect(screen.queryByLabelText('Password')).toBeNull();
  });
});

describe('the link to an account', () => {
  test('is there where the settings name an address, and takes the place to return to along on its way to the provider', async () => {
    app = startApp();
    const { unmount } = renderWithStore(
      app,
      <LoginPanel mode="oidc" returnTo="/notes?a=1" signupUrl="/api/login?signup" />,
      '/login',
    );
    const link = await screen.findByRole('link', { name: 'Sign up' });
    expect(link.getAttribute('href')).toBe('/api/login?signup&returnTo=%2Fnotes%3Fa%3D1');
    unmount();
    const signupUrl = 'https://accounts.example/new';
    renderWithStore(
      app,
      <LoginPanel mode="password" returnTo="/notes" anonymous signupUrl={signupUrl} />,
      '/login',
    );
    expect(screen.getByRole('link', { name: 'Sign up' }).getAttribute('href')).toBe(signupUrl);
  });

  test('is not there without one', () => {
    app = startApp();
    renderWithStore(app, <LoginPanel mode="password" returnTo="/notes" anonymous />, '/login');
    expect(screen.queryByRole('link', { name: 'Sign up' })).toBeNull();
  });
});

describe('the login form', () => {
  test('has the focus in its first field, and shows the password when asked', async () => {
    app = startApp();
    const { user } = renderWithStore(
      app,
      <LoginPanel mode="password" returnTo="/notes" anonymous />,
      '/login',
    );
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Username')));
    const password = screen.getByLabelText<HTMLInputElement>('Password');
    expect(password.type).toBe('password');
    await user.click(screen.getByRole('button', { name: 'Show password' }));
    expect(password.type).toBe('text');
    await user.click(screen.getByRole('button', { name: 'Hide password' }));
    expect(password.type).toBe('password');
  });

  test('fills in the demo account before the sample backend, and one more press logs in', async () => {
    app = startApp();
    const sample = <LoginPanel mode="password" returnTo="/notes" anonymous sample />;
    const { user, visited } = renderWithStore(app, sample, '/login');
    await user.click(screen.getByRole('button', { name: 'Fill in' }));
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Log in' }));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(visited).toContain('/notes'));
  });

  test('names no account before any other backend', () => {
    app = startApp();
    renderWithStore(app, <LoginPanel mode="password" returnTo="/notes" anonymous />, '/login');
    expect(screen.queryByText('ada / lovelace')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Fill in' })).toBeNull();
  });

  test('offers its page in the language of the browser', () => {
    const languages = jest.spyOn(navigator, 'languages', 'get').mockReturnValue(['fr-FR', 'ko-KR', 'en']);
    app = startApp();
    renderWithStore(app, <LoginPanel mode="password" returnTo="/notes" anonymous />, '/login');
    expect(screen.getByRole('link', { name: '이 페이지를 한국어로 보기' }).getAttribute('hreflang')).toBe(
      'ko',
    );
    languages.mockReturnValue(['en-GB', 'ko']);
    languages.mockRestore();
  });

  test('goes on to the hash that the address had', async () => {
    app = startApp();
    window.location.hash = '#a3';
    const { user, visited } = renderWithStore(
      app,
      <LoginPanel mode="password" returnTo="/notes" anonymous />,
      '/login',
    );
    await fillIn(user);
    await waitFor(() => expect(visited).toContain('/notes#a3'));
    window.location.hash = '';
  });
});
