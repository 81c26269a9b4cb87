/** @jest-environment jsdom */
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { NOTE_TEXT_LIMIT } from '../../contract/notes.ts';
import { upstreamApi } from '../../store/demo/upstreamApi.ts';
import { Backend } from '../store/backend.ts';
import { startSignedInApp, type TestApp } from '../store/startApp.ts';
import { list, note, page } from './notesPage.tsx';
import { renderWithStore } from './renderWithStore.tsx';

const LATER = '2026-11-23T09:00:00Z';

let backend: Backend;
let app: TestApp;
beforeEach(() => {
  backend = new Backend();
  backend.notes['user-ada'] = [note('a1', 'Buy wax')];
  app = startSignedInApp('ada', { backend });
});
afterEach(() => app.leave());

const changeElsewhere = (text: string) =>
  (backend.notes['user-ada'] = [{ ...note('a1', text), updatedAt: LATER }]);
const stored = () => backend.notes['user-ada']?.[0]?.text;
const button = (name: string) => screen.findByRole('button', { name });
const area = () => screen.getByLabelText<HTMLTextAreaElement>('Note text');

/** Edits the note here, after it was changed elsewhere, and saves. */
async function saveOver(text: string) {
  const { user } = renderWithStore(app, page, '/notes');
  await list();
  await user.click(await button('Edit “Buy wax”'));
  await user.type(area(), ' today');
  changeElsewhere(text);
  await user.click(await button('Save'));
  await screen.findByText(/was changed elsewhere while you edited it/);
  return user;
}

describe('a note that two tabs edit', () => {
  test('is not overwritten by the later save, which sees the other version', async () => {
    await saveOver('Buy honey');
    expect(stored()).toBe('Buy honey');
    expect(within(await list()).getByLabelText('The other version').textContent).toBe('Buy honey');
    expect(area().value).toBe('Buy wax today');
  });

  test('is saved as it was typed here, when the person decides so', async () => {
    const user = await saveOver('Buy honey');
    await user.click(await button('Save mine instead'));
    await waitFor(() => expect(stored()).toBe('Buy wax today'));
    expect(await within(await list()).findByText('Buy wax today')).toBeTruthy();
    expect(app.store.getState().drafts).toEqual({});
  });

  test('keeps the other version, when the person decides so', async () => {
    const user = await saveOver('Buy honey');
    await user.click(await button('Use the other version'));
    expect(await within(await list()).findByText('Buy honey')).toBeTruthy();
    expect(stored()).toBe('Buy honey');
    expect(app.store.getState().drafts).toEqual({});
  });

  test('can be combined of both versions, and then be saved', async () => {
    const user = await saveOver('Buy honey');
    await user.click(await button('Combine both'));
    expect(area().value).toBe('Buy wax today\n\nBuy honey');
    expect(document.activeElement).toBe(area());
    await user.click(await button('Save'));
    await waitFor(() => expect(stored()).toBe('Buy wax today\n\nBuy honey'));
  });

  test('shows the other version as soon as it is known, before a save', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(await button('Edit “Buy wax”'));
    await user.type(area(), ' today');
    changeElsewhere('Buy honey');
    fireEvent(document, new Event('visibilitychange'));
    expect((await screen.findByLabelText('The other version')).textContent).toBe('Buy honey');
    expect(area().value).toBe('Buy wax today');
  });

  test('has no conflict where only its file was changed: the next save succeeds', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(await button('Edit “Buy wax”'));
    await user.type(area(), ' today');
    changeElsewhere('Buy wax');
    await user.click(await button('Save'));
    expect((await screen.findByRole('alert')).textContent).toContain('changed elsewhere since you opened it');
    const { select } = upstreamApi.endpoints.notes;
    await waitFor(() => expect(select(undefined)(app.store.getState()).data?.[0]?.updatedAt).toBe(LATER));
    await user.click(await button('Save'));
    await waitFor(() => expect(stored()).toBe('Buy wax today'));
  });
});

describe('a text that is too long for a note', () => {
  const long = 'x'.repeat(NOTE_TEXT_LIMIT + 2000);

  test('stays in the field as it was pasted, and is not sent', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    const field = screen.getByLabelText<HTMLTextAreaElement>('New note');
    await user.click(field);
    await user.paste(long);
    expect(field.value).toHaveLength(12_000);
    expect((await screen.findByRole('alert')).textContent).toContain('12,000 of 10,000 characters');
    await user.click(await button('Add note'));
    expect(backend.count('POST /api/upstream/notes')).toBe(0);
    expect(document.activeElement).toBe(field);
    expect(field.getAttribute('aria-invalid')).toBe('true');
  });

  test('is counted by characters: an emoji is one', async () => {
    const { user } = renderWithStore(app, page, '/notes');
    await list();
    await user.click(screen.getByLabelText('New note'));
    await user.paste('😀'.repeat(NOTE_TEXT_LIMIT));
    expect(await screen.findByText('10,000 of 10,000 characters')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
