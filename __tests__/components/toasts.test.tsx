/** @jest-environment jsdom */
import { act, screen, waitFor } from '@testing-library/react';
import { attachFile } from '../../store/demo/uploadsSlice.ts';
import { upstreamApi } from '../../store/demo/upstreamApi.ts';
import { Backend, offline, problem } from '../store/backend.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { renderWithStore } from './renderWithStore.tsx';

const note = { id: 'a1', text: 'Buy wax', updatedAt: '2026-11-23T08:00:00Z', attachment: null };
const wax = { id: 'a1', file: new File(['wax!'], 'wax.txt') };
const { editNote, removeNote } = upstreamApi.endpoints;

let backend: Backend;
let app: TestApp;
beforeEach(() => {
  backend = new Backend();
  backend.notes['user-ada'] = [note];
  app = startSignedInApp('ada', { backend });
});
afterEach(() => app.leave());

describe('a toast', () => {
  test('tells on any page of a file that has arrived, and goes when it is closed', async () => {
    const { user } = renderWithStore(app, <p>Session</p>, '/session');
    await act(() => app.store.dispatch(attachFile(wax)));
    expect(await screen.findByText('wax.txt is attached.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(screen.queryByText('wax.txt is attached.')).toBeNull());
  });

  test.each([
    ['an upload', 'wax.txt was not uploaded.', 'PUT /api/upstream/notes/a1/attachment', attachFile(wax)],
    [
      'an edit',
      'Your change “Buy more” was not saved; you find it in your notes.',
      'PATCH /api/upstream/notes/a1',
      editNote.initiate({ id: 'a1', text: 'Buy more' }),
    ],
    [
      'a deletion',
      'A note could not be deleted.',
      'DELETE /api/upstream/notes/a1',
      removeNote.initiate('a1'),
    ],
  ])('tells of %s that failed, why, and does so once', async (_, sentence, route, work) => {
    backend.next(route, offline);
    renderWithStore(app, <p>Session</p>, '/session');
    await act(() => app.store.dispatch(work as never));
    expect(await screen.findAllByText(sentence)).toHaveLength(1);
    expect(screen.getAllByText('No connection. Check your network and try again.')).toHaveLength(1);
    expect(app.store.getState().toasts).toEqual([]);
  });

  test('does not repeat what the notes page says where it happened', async () => {
    backend.next('DELETE /api/upstream/notes/a1', offline);
    renderWithStore(app, <p>Notes</p>, '/notes');
    await act(() => app.store.dispatch(removeNote.initiate('a1')));
    await act(() => app.store.dispatch(attachFile(wax)));
    expect(await screen.findByText('wax.txt is attached.')).toBeTruthy();
    expect(screen.queryByText('A note could not be deleted.')).toBeNull();
  });

  test('shows neither an ended session, which has its banner, nor what was cancelled', async () => {
    backend.next('PUT /api/upstream/notes/a1/attachment', () => new Promise(() => undefined));
    const upload = app.store.dispatch(attachFile(wax));
    upload.abort();
    await upload;
    backend.next('DELETE /api/upstream/notes/a1', () => problem('session_ended'));
    await app.store.dispatch(removeNote.initiate('a1'));
    expect(app.store.getState().toasts).toEqual([]);
  });
});
