/** @jest-environment jsdom */
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { deferred } from '../support/deferred.ts';
import { Backend, offline, problem } from '../store/backend.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { list, note, page } from './notesPage.tsx';
import { renderWithStore } from './renderWithStore.tsx';

let backend: Backend;
let app: TestApp;
beforeEach(() => {
  backend = new Backend();
  backend.notes['user-ada'] = [note('a1', 'Buy wax')];
  app = startSignedInApp('ada', { backend });
});
afterEach(() => app.leave());

describe('the notes page', () => {
  test('says that it loads, then lists the notes', async () => {
    const gate = deferred();
    for (const turn of [1, 2])
      backend.next('GET /api/upstream/notes', async (call) => {
        await gate.promise;
        return turn ? backend.answer(call) : { status: 200 };
      });
    renderWithStore(app, page, '/notes');
    expect(await screen.findByText('Loading your notes…')).toBeTruthy();
    gate.resolve();
    expect(within(await list()).getByText('Buy wax')).toBeTruthy();
    expect(screen.queryByText('Loading your notes…')).toBeNull();
  });

  test('says that there are none yet', async () => {
    backend.notes['user-ada'] = [];
    renderWithStore(app, page, '/notes');
    expect(await screen.findByText('No notes yet')).toBeTruthy();
  });

  test('tells that they could not be loaded, and loads them when asked again', async () => {
    backend.next('GET /api/upstream/notes', () => problem('upstream_unreachable'));
    const { user } = renderWithStore(app, page, '/notes');
    expect((await screen.findByRole('alert')).textContent).toMatch(/could not be loaded/);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(within(await list()).getByText('Buy wax')).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  });

  test('shows the notes to a person whose token has expired, without an error', async () => {
    backend.expire();
    renderWithStore(app, page, '/notes');
    expect(within(await list()).getByText('Buy wax')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
    expect(backend.count('POST /api/user')).toBe(1);
  });

  test('adds a note and empties the field', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    const field = screen.getByLabelText('New note') as HTMLTextAreaElement;
    await user.type(field, 'Melt it');
    await user.click(screen.getByRole('button', { name: 'Add note' }));
    expect(await within(await list()).findByText('Melt it')).toBeTruthy();
    await waitFor(() => expect(field.value).toBe(''));
    expect(screen.getByText('“Melt it” is added.').getAttribute('role')).toBe('status');
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Add note' }));
  });

  test('adds a note by keyboard; with nothing typed it puts the focus where to type', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    const field = screen.getByLabelText('New note');
    await user.click(screen.getByRole('button', { name: 'Add note' }));
    expect(document.activeElement).toBe(field);
    await user.keyboard('Melt it{Control>}{Enter}{/Control}');
    expect(await within(await list()).findByText('Melt it')).toBeTruthy();
    expect(document.activeElement).toBe(field);
    expect(backend.count('POST /api/upstream/notes')).toBe(1);
  });

  test('keeps what was typed when it could not be sent', async () => {
    backend.next('POST /api/upstream/notes', offline);
    const { user } = renderWithStore(app, page, '/notes');
    const field = screen.getByLabelText('New note') as HTMLTextAreaElement;
    await user.type(field, 'Melt it');
    await user.click(screen.getByRole('button', { name: 'Add note' }));
    expect((await screen.findByRole('alert')).textContent).toMatch(/No connection/);
    expect(field.value).toBe('Melt it');
  });

  test('keeps what was typed when the session ends, and leads to the login and back', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    backend.expire();
    backend.next('POST /api/user', () => problem('session_ended'));
    await user.type(screen.getByLabelText('New note'), 'Melt it');
    await user.click(screen.getByRole('button', { name: 'Add note' }));
    const link = await screen.findByRole('link', { name: 'Log in again' });
    expect(link.getAttribute('href')).toBe('/login?returnTo=%2Fnotes');
    expect((screen.getByLabelText('New note') as HTMLTextAreaElement).value).toBe('Melt it');
  });

  test('edits a note by keyboard', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    const area = screen.getByLabelText('Note text');
    expect(document.activeElement).toBe(area);
    await user.type(area, ' and string{Control>}{Enter}{/Control}');
    expect(await screen.findByText('Buy wax and string')).toBeTruthy();
    expect(backend.notes['user-ada']?.[0]?.text).toBe('Buy wax and string');
  });

  test('shows an edit at once, and keeps it over the refresh that it meets', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    backend.expire();
    const gate = deferred();
    backend.next('POST /api/user', async (call) => {
      await gate.promise;
      return backend.answer(call);
    });
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    await user.type(screen.getByLabelText('Note text'), ' today{Control>}{Enter}{/Control}');
    expect(screen.getByText('Buy wax today')).toBeTruthy();
    expect(screen.getByText('Saving…')).toBeTruthy();
    expect(screen.queryByLabelText('Note text')).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Edit “Buy wax today”' }));
    await waitFor(() => expect(backend.count('POST /api/user')).toBe(1));
    expect(screen.getByText('Buy wax today')).toBeTruthy();
    gate.resolve();
    await waitFor(() => expect(screen.queryByText('Saving…')).toBeNull());
    expect(screen.getByText('Buy wax today')).toBeTruthy();
    expect(backend.notes['user-ada']?.[0]?.text).toBe('Buy wax today');
  });

  test('opens an edit that was refused again, with what was typed, and leaves the focus where it is', async () => {
    const gate = deferred();
    backend.next('PATCH /api/upstream/notes/a1', async () => {
      await gate.promise;
      return problem('upstream_unreachable');
    });
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    await user.type(screen.getByLabelText('Note text'), ' today{Control>}{Enter}{/Control}');
    screen.getByLabelText('New note').focus();
    gate.resolve();
    expect((await screen.findByRole('alert')).textContent).toMatch(/cannot be reached/);
    expect((screen.getByLabelText('Note text') as HTMLTextAreaElement).value).toBe('Buy wax today');
    expect(document.activeElement).toBe(screen.getByLabelText('New note'));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(backend.notes['user-ada']?.[0]?.text).toBe('Buy wax today'));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('leaves a note as it was when the edit is cancelled', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    await user.type(screen.getByLabelText('Note text'), 'xyz{Escape}');
    expect(screen.getByText('Buy wax')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    expect(backend.count('PATCH /api/upstream/notes/a1')).toBe(0);
  });

  test('leaves Escape and Enter to an input method that puts a syllable together', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    const area = screen.getByLabelText('Note text');
    await user.type(area, ' 밀랍');
    fireEvent.keyDown(area, { key: 'Escape', isComposing: true });
    fireEvent.keyDown(area, { key: 'Enter', ctrlKey: true, isComposing: true });
    expect((screen.getByLabelText('Note text') as HTMLTextAreaElement).value).toBe('Buy wax 밀랍');
    expect(backend.count('PATCH /api/upstream/notes/a1')).toBe(0);
  });

  test('deletes a note after asking once', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Delete “Buy wax”' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Delete this note?' });
    expect(dialog.textContent).toContain('Buy wax');
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Keep it'));
    await user.keyboard('{Escape}');
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Delete “Buy wax”' })),
    );
    expect(backend.notes['user-ada']).toHaveLength(1);
    await user.keyboard('{Enter}');
    await user.click(await screen.findByRole('button', { name: 'Yes, delete' }));
    expect(await screen.findByText('No notes yet')).toBeTruthy();
    await waitFor(() => expect(backend.notes['user-ada']).toEqual([]));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('New note')));
    expect(screen.getByText('“Buy wax” is deleted.').getAttribute('role')).toBe('status');
  });

  test('hands the focus of a deleted note to the one beside it', async () => {
    backend.notes['user-ada'] = [note('a1', 'Buy wax'), note('a2', 'Melt it')];
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Delete “Buy wax”' }));
    await user.click(await screen.findByRole('button', { name: 'Yes, delete' }));
    await waitFor(() => expect(screen.queryByText('Buy wax')).toBeNull());
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Edit “Melt it”' })),
    );
  });

  test('brings a note back that could not be deleted, and says why', async () => {
    backend.next('DELETE /api/upstream/notes/a1', () => problem('upstream_unreachable'));
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Delete “Buy wax”' }));
    await user.click(await screen.findByRole('button', { name: 'Yes, delete' }));
    expect((await screen.findByRole('alert')).textContent).toMatch(/cannot be reached/);
    expect(screen.getByText('Buy wax')).toBeTruthy();
  });
});
