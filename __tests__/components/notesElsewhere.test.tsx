/** @jest-environment jsdom */
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { draftTyped, noteField } from '../../store/demo/draftsSlice.ts';
import { Backend, problem } from '../store/backend.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { list, note, page } from './notesPage.tsx';
import { renderWithStore } from './renderWithStore.tsx';

let backend: Backend;
let app: TestApp;
beforeEach(() => {
  backend = new Backend();
  backend.notes['user-ada'] = [note('a1', 'Buy wax'), note('a2', 'Melt it')];
  app = startSignedInApp('ada', { backend });
});
afterEach(() => app.leave());

/** Another tab, or another device, has done it. */
const leftElsewhere = (...notes: ReturnType<typeof note>[]) => (backend.notes['user-ada'] = notes);

const comeBack = () => fireEvent(document, new Event('visibilitychange'));
const newNote = () => screen.getByLabelText<HTMLTextAreaElement>('New note');

describe('notes that are changed elsewhere', () => {
  test('are there when one comes back to look', async () => {
    renderWithStore(app, page, '/notes');
    await list();
    leftElsewhere(note('a1', 'Buy wax'), note('a3', 'Press the seal'));
    comeBack();
    expect(await within(await list()).findByText('Press the seal')).toBeTruthy();
    expect(screen.queryByText('Melt it')).toBeNull();
  });

  test('leave an edit open with what was typed', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    await user.type(screen.getByLabelText('Note text'), ' today');
    leftElsewhere(note('a1', 'Buy honey'), note('a3', 'Press the seal'));
    comeBack();
    await screen.findByText('Press the seal');
    expect(screen.getByLabelText<HTMLTextAreaElement>('Note text').value).toBe('Buy wax today');
    expect(document.activeElement).toBe(screen.getByLabelText('Note text'));
  });

  test('keep what was typed into one that is gone: it is a new note, below what stood there', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.type(newNote(), 'Order');
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    await user.type(screen.getByLabelText('Note text'), ' today');
    leftElsewhere(note('a2', 'Melt it'));
    comeBack();
    await waitFor(() => expect(newNote().value).toBe('Order\n\nBuy wax today'));
    expect(screen.queryByLabelText('Note text')).toBeNull();
    expect(document.activeElement).toBe(newNote());
    expect(await screen.findByText(/The note “Buy wax today” is gone/)).toBeTruthy();
  });

  test('keep a change that could not be saved, because its note is gone', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByRole('button', { name: 'Edit “Buy wax”' }));
    leftElsewhere(note('a2', 'Melt it'));
    backend.next('PATCH /api/upstream/notes/a1', () => problem('not_found'));
    await user.type(screen.getByLabelText('Note text'), ' today{Control>}{Enter}{/Control}');
    await waitFor(() => expect(newNote().value).toBe('Buy wax today'));
    expect(screen.queryByText('Buy wax today', { selector: 'p' })).toBeNull();
  });

  test('do not take what was typed into one that could not be asked for', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    act(() => void app.store.dispatch(draftTyped({ field: noteField('a1'), text: 'Buy wax today' })));
    backend.next('GET /api/upstream/notes', () => problem('upstream_unreachable'));
    comeBack();
    await screen.findByRole('alert');
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
    expect(newNote().value).toBe('');
    expect(screen.getByLabelText<HTMLTextAreaElement>('Note text').value).toBe('Buy wax today');
  });
});
