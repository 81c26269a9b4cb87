/** @jest-environment jsdom */
import { BroadcastChannel } from 'node:worker_threads';
import { screen, waitFor, within } from '@testing-library/react';
import { StepUp } from '../../components/stepUp/StepUp.tsx';
import { SteppedUp } from '../../components/stepUp/SteppedUp.tsx';
import { reportStepUp } from '../../store/demo/stepUp.ts';
import { Backend } from '../store/backend.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { list, note, page } from './notesPage.tsx';
import { renderWithStore } from './renderWithStore.tsx';

const NOTES = 'DELETE /api/upstream/notes';
const challenge = 'Bearer error="insufficient_user_authentication", acr_values="gold", max_age="60"';

let backend: Backend;
let app: TestApp;
let close: jest.SpyInstance;
beforeEach(() => {
  Object.assign(globalThis, { BroadcastChannel });
  // jsdom would end with its window.
  close = jest.spyOn(window, 'close').mockImplementation(() => undefined);
  backend = new Backend();
  backend.notes['user-ada'] = [note('a1', 'Buy wax'), note('a2', 'Melt it')];
  app = startSignedInApp('ada', { backend });
});
afterEach(() => {
  app.leave();
  close.mockRestore();
});

const board = (
  <>
    {page}
    <StepUp />
  </>
);

/** Opens the page, presses the button, and says yes. */
async function deleteAll() {
  const rendered = renderWithStore(app, board, '/notes');
  await list();
  await rendered.user.click(screen.getByRole('button', { name: 'Delete all notes' }));
  await rendered.user.click(await screen.findByRole('button', { name: 'Yes, delete all' }));
  return rendered;
}

const dialog = () => screen.findByRole('alertdialog', { name: 'Confirm it is you' });
const linkIn = async () => new URL(within(await dialog()).getByRole<HTMLAnchorElement>('link').href);
/** The page that the window ends at, with this problem or none. */
const endOf = (link: URL, problem?: string) => {
  const end = new URL(link.searchParams.get('returnTo')!, 'http://localhost');
  if (problem) end.searchParams.set('problem', problem);
  return end;
};

test('all notes are deleted at once where the API demands no more, and the focus goes on', async () => {
  await deleteAll();
  expect(await screen.findByText('No notes yet')).toBeTruthy();
  expect(screen.getByText('All your notes are deleted.').getAttribute('role')).toBe('status');
  expect(document.activeElement).toBe(screen.getByLabelText('New note'));
  expect(backend.count(NOTES)).toBe(1);
});

test('a person who keeps the notes sends nothing', async () => {
  const { user } = renderWithStore(app, board, '/notes');
  await list();
  await user.click(screen.getByRole('button', { name: 'Delete all notes' }));
  await user.click(await screen.findByRole('button', { name: 'Keep them' }));
  expect(backend.count(NOTES)).toBe(0);
});

describe('an API that demands a newer login', () => {
  beforeEach(() => {
    window.open = () => null;
    backend.next(NOTES, () => ({ status: 401, headers: { 'www-authenticate': challenge } }));
  });

  test('has the person asked by a link that carries the session and the demand; the request is sent once more', async () => {
    await deleteAll();
    const link = await linkIn();
    expect(link.pathname).toBe('/api/login');
    expect(Object.fromEntries(link.searchParams)).toMatchObject({
      stepUp: 's1', acr_values: 'gold', max_age: '60', returnTo: expect.stringMatching(/^\/stepped-up\?attempt=\w+$/),
    }); // prettier-ignore
    expect(within(await dialog()).queryByRole('status')?.textContent).toBe('');
    reportStepUp(endOf(link).search);
    expect(await screen.findByText('No notes yet')).toBeTruthy();
    expect([backend.count(NOTES), backend.count('POST /api/user')]).toEqual([2, 1]);
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  test('says that it waits once the window is open, and hears no window but its own', async () => {
    const { user } = await deleteAll();
    const link = await linkIn();
    // jsdom follows no link; the browser test does.
    document.addEventListener('click', (event) => event.preventDefault(), { once: true });
    await user.click(within(await dialog()).getByRole('link', { name: 'Log in again' }));
    expect(within(await dialog()).getByRole('status').textContent).toMatch(/^Waiting for your login/);
    expect(within(await dialog()).getByRole('link', { name: 'Open the window again' })).toBeTruthy();
    reportStepUp('?attempt=another');
    reportStepUp('');
    await new Promise((passed) => setTimeout(passed, 50));
    expect(await dialog()).toBeTruthy();
    reportStepUp(endOf(link).search);
    expect(await screen.findByText('No notes yet')).toBeTruthy();
  });

  test.each([
    ['step_up_mismatch', /another account/],
    ['login_denied', /refused the login/],
    ['made_up', /did not pass a check/],
  ])('says why a login did not do (%s), and offers another one', async (problem, sentence) => {
    await deleteAll();
    const first = await linkIn();
    reportStepUp(endOf(first, problem).search);
    expect((await within(await dialog()).findByRole('alert')).textContent).toMatch(sentence);
    const second = await linkIn();
    expect(second.searchParams.get('returnTo')).not.toBe(first.searchParams.get('returnTo'));
    expect(backend.count(NOTES)).toBe(1);
    reportStepUp(endOf(second).search);
    expect(await screen.findByText('No notes yet')).toBeTruthy();
  });

  test('hears of a person who declines, by the button or by Escape, and the page says that nothing was done', async () => {
    const { user } = await deleteAll();
    await user.click(within(await dialog()).getByRole('button', { name: 'Cancel' }));
    expect((await screen.findByRole('alert')).textContent).toMatch(
      /Your notes were not deleted.*nothing was done/,
    );
    expect(within(await list()).getAllByRole('listitem')).toHaveLength(2);
    backend.next(NOTES, () => ({ status: 401, headers: { 'www-authenticate': challenge } }));
    await user.click(screen.getByRole('button', { name: 'Delete all notes' }));
    await user.click(await screen.findByRole('button', { name: 'Yes, delete all' }));
    await dialog();
    await user.keyboard('{Escape}');
    expect((await screen.findByRole('alert')).textContent).toMatch(/Your notes were not deleted./);
    expect(backend.count(NOTES)).toBe(2);
  });

  test('is not answered by the person who comes next: the question goes with its person', async () => {
    await deleteAll();
    const link = await linkIn();
    backend.login('grace');
    app.hintMoves();
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    await waitFor(() => expect(app.auth()).toMatchObject({ status: 'signedIn', user: { id: 'user-grace' } }));
    // The window ends too late: no request waits for it.
    reportStepUp(endOf(link).search);
    await new Promise((passed) => setTimeout(passed, 50));
    expect(backend.count(NOTES)).toBe(1);
  });
});

test.each([
  [null, 'You are logged in again'],
  ['login_denied' as const, 'You were not logged in again'],
])('the page at the end of the window says how it ended (%s)', async (problem, title) => {
  renderWithStore(app, <SteppedUp problem={problem} />, '/stepped-up');
  expect(screen.getByRole('heading', { name: title })).toBeTruthy();
  await waitFor(() => expect(close).toHaveBeenCalled());
});
