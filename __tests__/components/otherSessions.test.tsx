/** @jest-environment jsdom */
import { screen, waitFor, within } from '@testing-library/react';
import { SessionPanel } from '../../components/session/SessionPanel.tsx';
import type { PersonSession } from '../../contract/sessions.ts';
import { deferred } from '../support/deferred.ts';
import { problem } from '../store/backend.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { renderWithStore } from './renderWithStore.tsx';

const HOUR_MS = 3_600_000;

let app: TestApp;
beforeEach(() => void (app = startSignedInApp()));
afterEach(() => app.leave());

function elsewhere(id: string, browser: string | null, system: string | null): PersonSession {
  const device = { browser, system };
  return { id, current: false, device, loggedInAgoMs: 49 * HOUR_MS, refreshedAgoMs: 300_000 };
}

const card = () => screen.getByRole('region', { name: 'Your other sessions' });
const rows = () => within(card()).getAllByRole('listitem');

test('the other sessions are named by device, login and last refresh; this one is not among them', async () => {
  app.backend.elsewhere = [
    elsewhere('s8', 'Chrome', 'Windows'),
    { ...elsewhere('s9', null, null), refreshedAgoMs: 49 * HOUR_MS },
  ];
  renderWithStore(app, <SessionPanel />, '/session');
  expect(within(card()).getByRole('status').textContent).toBe('Looking for your other sessions…');
  await within(card()).findByText('Chrome on Windows');
  expect(rows()).toHaveLength(2);
  expect(rows()[0]!.textContent).toContain('Logged in 2 days ago, last refreshed 5 minutes ago');
  expect(rows()[1]!.textContent).toContain('Logged in 2 days ago');
  const button = within(rows()[1]!).getByRole('button', { name: 'Log out Unknown device' });
  const description = document.getElementById(button.getAttribute('aria-describedby')!);
  expect(description?.textContent).toContain('2 days ago');
});

test('a session of which an old copy was used is pointed out', async () => {
  app.backend.elsewhere = [
    { ...elsewhere('s8', 'Chrome', 'Windows'), reusedAgoMs: 300_000 },
    elsewhere('s9', 'Safari', 'iOS'),
  ];
  renderWithStore(app, <SessionPanel />, '/session');
  const alerts = await within(card()).findAllByRole('alert');
  expect(alerts.map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('An old copy of the login on Chrome on Windows was used 5 minutes ago'),
  ]);
});

test('a person without other sessions reads that there are none', async () => {
  renderWithStore(app, <SessionPanel />, '/session');
  expect(await screen.findByText('You are logged in nowhere else.')).toBeTruthy();
});

test('one that is logged out leaves the list, and the focus goes to where it is said', async () => {
  app.backend.elsewhere = [elsewhere('s8', 'Chrome', 'Windows'), elsewhere('s9', 'Safari', 'iOS')];
  const gate = deferred();
  app.backend.next('DELETE /api/sessions/s8', async (call) => {
    await gate.promise;
    return app.backend.answer(call);
  });
  const { user } = renderWithStore(app, <SessionPanel />, '/session');
  const button = await screen.findByRole('button', { name: 'Log out Chrome on Windows' });
  await user.click(button);
  expect(button.getAttribute('aria-busy')).toBe('true');
  gate.resolve();
  const said = await screen.findByText('Chrome on Windows is logged out.');
  expect(document.activeElement).toBe(said);
  await waitFor(() => expect(rows()).toHaveLength(1));
  expect(app.backend.calls.at(-1)).toMatchObject({ method: 'GET', path: '/api/sessions' });
  expect(app.auth().status).toBe('signedIn');
});

test('one that has ended by itself counts as logged out', async () => {
  app.backend.elsewhere = [elsewhere('s8', 'Chrome', 'Windows')];
  const { user } = renderWithStore(app, <SessionPanel />, '/session');
  const button = await screen.findByRole('button', { name: 'Log out Chrome on Windows' });
  app.backend.elsewhere = [];
  await user.click(button);
  expect(await screen.findByText('Chrome on Windows is logged out.')).toBeTruthy();
  await waitFor(() => expect(within(card()).queryByRole('listitem')).toBeNull());
});

test('one that could not be logged out stays on the list and says why', async () => {
  app.backend.elsewhere = [elsewhere('s8', 'Chrome', 'Windows')];
  app.backend.next('DELETE /api/sessions/s8', () => problem('upstream_unavailable'));
  const { user } = renderWithStore(app, <SessionPanel />, '/session');
  await user.click(await screen.findByRole('button', { name: 'Log out Chrome on Windows' }));
  expect((await within(card()).findByRole('alert')).textContent).toMatch(/try again/i);
  expect(rows()).toHaveLength(1);
});

test('a list that could not be had says why, and can be asked for again', async () => {
  app.backend.next('GET /api/sessions', () => problem('upstream_unavailable'));
  const { user } = renderWithStore(app, <SessionPanel />, '/session');
  expect(await screen.findByText(/Your other sessions could not be looked up/)).toBeTruthy();
  await user.click(within(card()).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('You are logged in nowhere else.')).toBeTruthy();
});

test('who comes back to the page after a login elsewhere finds it on the list', async () => {
  renderWithStore(app, <SessionPanel />, '/session');
  await screen.findByText('You are logged in nowhere else.');
  app.backend.elsewhere = [elsewhere('s9', 'Safari', 'iOS')];
  document.dispatchEvent(new Event('visibilitychange'));
  expect(await screen.findByText('Safari on iOS')).toBeTruthy();
});

test('a session elsewhere says whether it comes from the network of this one', async () => {
  app.backend.own = { network: '203.0.113.0/24' };
  app.backend.elsewhere = [
    { ...elsewhere('s8', 'Chrome', 'Windows'), network: '203.0.113.0/24' },
    { ...elsewhere('s9', 'Safari', 'iOS'), network: '2001:db8:aa::/48' },
    { ...elsewhere('s7', 'Firefox', 'Linux'), name: 'Old laptop' },
  ];
  renderWithStore(app, <SessionPanel />, '/session');
  await screen.findByText('Old laptop');
  expect(rows()[0]!.textContent).toContain('same network as this device');
  expect(rows()[1]!.textContent).toContain('network 2001:db8:aa::/48');
  expect(rows()[2]!.textContent).toContain('Firefox on Linux');
  expect(rows()[2]!.textContent).not.toContain('network');
  expect(
    within(screen.getByRole('region', { name: 'This device' })).getByText('203.0.113.0/24'),
  ).toBeTruthy();
});

describe('a device', () => {
  const rename = (label: string) => screen.findByRole('button', { name: `Rename ${label}` });
  const expectFocusOn = async (label: string) => {
    const opener = await rename(label);
    await waitFor(() => expect(document.activeElement).toBe(opener));
  };

  test('is named by keyboard: Enter saves, and the focus comes back', async () => {
    app.backend.elsewhere = [elsewhere('s8', 'Chrome', 'Windows')];
    const { user } = renderWithStore(app, <SessionPanel />, '/session');
    (await rename('Chrome on Windows')).focus();
    await user.keyboard('{Enter}');
    const field = screen.getByLabelText('Name for Chrome on Windows');
    expect(document.activeElement).toBe(field);
    expect(field).toHaveProperty('maxLength', 40);
    await user.keyboard('  Office  {Enter}');
    await expectFocusOn('Office');
    expect(app.backend.calls.find(({ method }) => method === 'PATCH')).toMatchObject({
      path: '/api/sessions/s8',
      body: { name: 'Office' },
    });
    expect(rows()[0]!.textContent).toContain('Chrome on Windows');
    expect(within(rows()[0]!).getByRole('status').textContent).toBe('Saved.');
    expect(within(rows()[0]!).getByRole('button', { name: 'Log out Office' })).toBeTruthy();
  });

  test('keeps its name where the person leaves with Escape, and loses it by an empty field', async () => {
    app.backend.elsewhere = [{ ...elsewhere('s8', 'Chrome', 'Windows'), name: 'Office' }];
    const { user } = renderWithStore(app, <SessionPanel />, '/session');
    await user.click(await rename('Office'));
    await user.keyboard('Elsewhere{Escape}');
    await expectFocusOn('Office');
    expect(app.backend.calls.filter(({ method }) => method === 'PATCH')).toEqual([]);
    await user.keyboard('{Enter}{Backspace}{Enter}');
    await expectFocusOn('Chrome on Windows');
    expect(app.backend.calls.find(({ method }) => method === 'PATCH')?.body).toEqual({ name: null });
  });

  test('whose name could not be saved says why, and keeps what was typed', async () => {
    app.backend.own = { device: { browser: 'Firefox', system: 'Linux' } };
    app.backend.next('PATCH /api/sessions/s1', () => problem('upstream_unavailable'));
    const { user } = renderWithStore(app, <SessionPanel />, '/session');
    await user.click(await rename('Firefox on Linux'));
    await user.keyboard('Laptop{Enter}');
    expect((await screen.findByRole('alert')).textContent).toMatch(/try again/i);
    expect(screen.getByLabelText('Name for Firefox on Linux')).toHaveProperty('value', 'Laptop');
    await user.keyboard('{Enter}');
    expect(await rename('Laptop')).toBeTruthy();
  });
});
