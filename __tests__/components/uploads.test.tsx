/** @jest-environment jsdom */
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { deferred } from '../support/deferred.ts';
import { Backend } from '../store/backend.ts';
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

describe('an upload', () => {
  const file = new File(['wax!'], 'wax.txt', { type: 'text/plain' });
  const choose = async (user: ReturnType<typeof renderWithStore>['user']) => {
    await list();
    await user.upload(screen.getByTestId('file-a1'), file);
  };
  const route = 'PUT /api/upstream/notes/a1/attachment';

  test('shows how far it has come, and the file when it is there', async () => {
    const gate = deferred();
    backend.next(route, async (call) => {
      call.config.onUploadProgress?.({ loaded: 1, total: 4, bytes: 1, lengthComputable: true });
      await gate.promise;
      return backend.answer(call);
    });
    const { user } = renderWithStore(app, page, '/notes');
    await choose(user);
    const bar = await screen.findByRole('progressbar', { name: 'Uploading wax.txt' });
    await waitFor(() => expect(bar).toHaveProperty('value', 25));
    gate.resolve();
    expect(await screen.findByRole('link', { name: /file\.txt/ })).toBeTruthy();
    expect(screen.queryByRole('progressbar')).toBeNull();
    const call = backend.calls.find(({ method }) => method === 'PUT');
    expect(call?.body).toBe(file);
    expect(call?.config.params).toEqual({ name: 'wax.txt' });
  });

  test('is cancelled at once, and goes up when tried again', async () => {
    backend.next(route, () => new Promise(() => undefined));
    const { user } = renderWithStore(app, page, '/notes');
    await choose(user);
    await user.click(await screen.findByRole('button', { name: 'Cancel upload' }));
    expect(await screen.findByText('The upload of wax.txt was cancelled.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Upload again' }));
    expect(await screen.findByRole('link', { name: /file\.txt/ })).toBeTruthy();
  });

  test('makes the browser ask before the page is left, for as long as it is on its way', async () => {
    const asks = () => !fireEvent(window, new Event('beforeunload', { cancelable: true }));
    backend.next(route, () => new Promise(() => undefined));
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    expect(asks()).toBe(false);
    await choose(user);
    const cancel = await screen.findByRole('button', { name: 'Cancel upload' });
    expect(asks()).toBe(true);
    await user.click(cancel);
    await screen.findByText('The upload of wax.txt was cancelled.');
    expect(asks()).toBe(false);
  });

  test('that meets a 401 is sent again after the refresh, without an error', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    backend.expire();
    await choose(user);
    expect(await screen.findByRole('link', { name: /file\.txt/ })).toBeTruthy();
    expect(backend.count(route)).toBe(2);
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('begun before one went elsewhere can be cancelled, and sent again, after coming back', async () => {
    backend.next(route, () => new Promise(() => undefined));
    const { user, rerender } = renderWithStore(app, page, '/notes');
    await choose(user);
    await screen.findByRole('progressbar');
    rerender(<p>Elsewhere</p>);
    expect(screen.queryByRole('progressbar')).toBeNull();
    renderWithStore(app, page, '/notes');
    await user.click(await screen.findByRole('button', { name: 'Cancel upload' }));
    expect(await screen.findByText('The upload of wax.txt was cancelled.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Upload again' }));
    expect(await screen.findByRole('link', { name: /file\.txt/ })).toBeTruthy();
  });

  test('that is too large says so', async () => {
    backend.next(route, () => ({ status: 413, data: {} }));
    const { user } = renderWithStore(app, page, '/notes');
    await choose(user);
    expect((await screen.findByRole('alert')).textContent).toMatch(
      /wax.txt was not uploaded. This is too large/,
    );
  });
});
