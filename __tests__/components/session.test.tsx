/** @jest-environment jsdom */
import { screen, waitFor, within } from '@testing-library/react';
import { SessionPanel } from '../../components/session/SessionPanel.tsx';
import { Layout } from '../../components/shell/Layout.tsx';
import { deferred } from '../support/deferred.ts';
import { offline, problem } from '../store/backend.ts';
import { startApp, startSignedInApp, type TestApp } from '../store/startApp.ts';
import { renderWithStore } from './renderWithStore.tsx';

let app: TestApp;
afterEach(() => app.leave());

const page = (
  <Layout title="Session" lab>
    <SessionPanel />
  </Layout>
);
const button = (name: string) => screen.getByRole('button', { name });

describe('the session page', () => {
  test('shows who, which session and version, and how long', () => {
    app = startSignedInApp();
    renderWithStore(app, page, '/session');
    expect(screen.getAllByText('Ada Lovelace')).toHaveLength(2);
    expect(screen.getByText('s1')).toBeTruthy();
    expect(screen.getByTestId('session-version').textContent).toBe('1');
    expect(screen.getByTestId('expires-in').textContent).toMatch(/^(10 min|9 min \d+ sec)$/);
  });

  test('shows that a refresh runs, and the version when it is done', async () => {
    app = startSignedInApp();
    const gate = deferred();
    const { backend } = app;
    backend.next('POST /api/user', async (call) => {
      await gate.promise;
      return backend.answer(call);
    });
    const { user } = renderWithStore(app, page, '/session');
    await user.click(button('Refresh now'));
    expect(button('Refreshing…').getAttribute('aria-busy')).toBe('true');
    expect(within(screen.getByRole('banner')).getByText('Refreshing your session')).toBeTruthy();
    gate.resolve();
    expect(await screen.findByText('Refreshed: this is version 2 now.')).toBeTruthy();
    expect(screen.getByTestId('session-version').textContent).toBe('2');
    expect(screen.queryByText('Refreshing your session')).toBeNull();
  });

  test('keeps the person signed in when the refresh fails, and says so', async () => {
    app = startSignedInApp('ada', { reauth: { limits: { refreshMs: 50 } } });
    const { user } = renderWithStore(app, page, '/session');
    for (let call = 0; call < 9; call += 1)
      app.backend.next('POST /api/user', () => problem('upstream_unavailable'));
    await user.click(button('Refresh now'));
    expect(
      (await screen.findByText(/You are still signed in: try again/)).closest('[role=alert]'),
    ).toBeTruthy();
    expect(screen.getByText('The refresh is delayed; you stay signed in')).toBeTruthy();
    expect(screen.getAllByText('Ada Lovelace')).toHaveLength(2);
  });

  test('says that the session has ended, and leads to the login and back', async () => {
    app = startSignedInApp();
    app.backend.next('POST /api/user', () => problem('session_ended'));
    const { user } = renderWithStore(app, page, '/session');
    await user.click(button('Refresh now'));
    expect((await screen.findByRole('alert')).textContent).toContain(
      'Your session has ended. What you typed is kept.',
    );
    const link = screen.getByRole('link', { name: 'Log in again' });
    expect(link.getAttribute('href')).toBe('/login?returnTo=%2Fsession');
    expect(screen.queryByText('Ada Lovelace')).toBeNull();
  });

  test.each([
    ['Log out', [], {}],
    ['Log out everywhere', ['Log out everywhere'], { everywhere: true }],
  ])('"%s" ends the session and goes to the login page', async (name, answers, body) => {
    app = startSignedInApp();
    const { user, visited } = renderWithStore(app, page, '/session');
    await user.click(button(name));
    for (const answer of answers)
      await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: answer }));
    await waitFor(() => expect(visited).toEqual(['/login']));
    expect(app.backend.calls.at(-1)).toMatchObject({ method: 'POST', path: '/api/logout', body });
    expect(app.auth().status).toBe('signedOut');
  });

  test('tells a logout that did not work', async () => {
    app = startSignedInApp();
    app.backend.next('POST /api/logout', offline);
    const { user, visited } = renderWithStore(app, page, '/session');
    await user.click(button('Log out'));
    expect(await screen.findByText('Logging out did not work, you are still signed in.')).toBeTruthy();
    expect(screen.getByText(/No connection/)).toBeTruthy();
    expect(visited).toEqual([]);
  });

  test('does not log out everywhere when the person cancels', async () => {
    app = startSignedInApp();
    const { user } = renderWithStore(app, page, '/session');
    await user.click(button('Log out everywhere'));
    await screen.findByRole('alertdialog', { name: 'Log out everywhere?' });
    await waitFor(() => expect(document.activeElement).toBe(button('Stay logged in')));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(button('Log out everywhere')));
    expect(app.backend.count('POST /api/logout')).toBe(0);
  });
});

describe('every page', () => {
  test('lets one skip to the content and names its landmarks', () => {
    app = startSignedInApp();
    renderWithStore(app, page, '/session');
    expect(screen.getByRole('link', { name: 'Skip to the content' }).getAttribute('href')).toBe('#content');
    expect(screen.getByRole('main').id).toBe('content');
    expect(screen.getByRole('navigation', { name: 'Main' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Session' }).getAttribute('aria-current')).toBe('page');
  });

  test('logs out from its header', async () => {
    app = startSignedInApp();
    const { user, visited } = renderWithStore(
      app,
      <Layout title="Notes" lab={false}>
        .
      </Layout>,
      '/notes',
    );
    await user.click(button('Log out'));
    await waitFor(() => expect(visited).toEqual(['/login']));
  });

  test('shows a login link to a visitor, and no link to a lab that is not served', () => {
    app = startApp();
    renderWithStore(
      app,
      <Layout title="Home" lab={false}>
        .
      </Layout>,
      '/',
    );
    expect(screen.getByRole('link', { name: 'Log in' })).toBeTruthy();
    expect(screen.queryByRole('link', { name: 'Lab' })).toBeNull();
  });

  test('shows another person as soon as a tab beside it has logged one in', async () => {
    app = startSignedInApp('ada');
    renderWithStore(app, page, '/session');
    app.backend.login('grace');
    app.hintMoves();
    expect(await screen.findAllByText('Grace Hopper')).toHaveLength(2);
    expect(screen.queryByText('Ada Lovelace')).toBeNull();
  });
});
