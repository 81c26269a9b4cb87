/** @jest-environment jsdom */
import { login, logout } from '../../store/authThunks.ts';
import { draftTyped } from '../../store/demo/draftsSlice.ts';
import { upstreamApi } from '../../store/demo/upstreamApi.ts';
import { deferred } from '../support/deferred.ts';
import { Backend, problem } from './backend.ts';
import { startSignedInApp, until, type TestApp } from './startApp.ts';

const { notes, editNote, removeNote } = upstreamApi.endpoints;
const note = (id: string, text: string) => ({
  id,
  text,
  updatedAt: '2026-11-23T08:00:00Z',
  attachment: null,
});

let backend: Backend;
let app: TestApp;
beforeEach(() => {
  backend = new Backend();
  backend.notes['user-ada'] = [note('a1', 'Ada one'), note('a2', 'Ada two')];
  backend.notes['user-grace'] = [note('g1', 'Grace one')];
  app = startSignedInApp('ada', { backend });
});
afterEach(() => app.leave());

const cached = () =>
  notes
    .select(undefined)(app.store.getState())
    .data?.map(({ text }) => text);
const load = () => app.store.dispatch(notes.initiate(undefined));
const asGrace = { username: 'grace', password: 'hopper' };

describe('when the person changes', () => {
  test('no state in between holds one person and the notes of another', async () => {
    await load();
    const seen: unknown[] = [];
    app.store.subscribe(() => {
      const { auth, upstream, owner } = app.store.getState();
      if (auth.status === 'signedIn' && auth.user.id === 'user-grace')
        seen.push([owner, JSON.stringify(upstream).includes('Ada')]);
    });
    await app.store.dispatch(login(asGrace)).unwrap();
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen.map(String))).toEqual(new Set(['user-grace,false']));
  });

  test('an answer on its way to the last person is not kept for the next', async () => {
    const late = deferred();
    backend.next('GET /api/upstream/notes', async () => {
      await late.promise;
      return { status: 200, data: { notes: [note('a1', 'Ada one')] } };
    });
    const loading = load();
    await until(() => backend.count('GET /api/upstream/notes') === 1);
    await app.store.dispatch(login(asGrace)).unwrap();
    late.resolve();
    await loading;
    expect(JSON.stringify(app.store.getState().upstream)).not.toContain('Ada');
  });

  test('an edit that fails late is not taken back in the list of the next', async () => {
    await load();
    const late = deferred();
    backend.next('DELETE /api/upstream/notes/a1', async () => {
      await late.promise;
      return problem('internal_error');
    });
    const removing = app.store.dispatch(removeNote.initiate('a1'));
    expect(cached()).toEqual(['Ada two']);
    await app.store.dispatch(login(asGrace)).unwrap();
    await load();
    late.resolve();
    await removing;
    await until(() => cached()?.length === 1);
    expect(cached()).toEqual(['Grace one']);
  });

  test('what the last one typed is gone', async () => {
    app.store.dispatch(draftTyped({ field: 'note:new', text: 'dear diary' }));
    await app.store.dispatch(login(asGrace)).unwrap();
    expect(app.store.getState().drafts).toEqual({});
  });

  test('by a logout, everything is gone at once', async () => {
    await load();
    app.store.dispatch(draftTyped({ field: 'note:new', text: 'dear diary' }));
    await app.store.dispatch(logout({})).unwrap();
    expect(app.store.getState()).toMatchObject({ owner: null, drafts: {}, upstream: { queries: {} } });
  });
});

describe('in another tab', () => {
  test('a login as another person is noticed by the hint, and asked about', async () => {
    await load();
    backend.login('grace');
    app.hintMoves();
    await until(() => app.store.getState().owner === 'user-grace');
    expect(cached()).toBeUndefined();
    expect(backend.count('GET /api/user')).toBe(1);
  });

  test('a logout is noticed by the hint, and asked about', async () => {
    backend.jar = null;
    app.hintMoves();
    await until(() => app.auth().status === 'signedOut');
    expect(app.auth()).toMatchObject({ reason: 'logged_out_elsewhere' });
  });

  test('a hint that is gone ends nothing by itself', async () => {
    const { jar } = backend;
    backend.jar = null;
    app.hintMoves();
    backend.jar = jar;
    await until(() => backend.count('GET /api/user') === 1);
    await until(() => app.auth().status === 'signedIn');
    expect(app.auth()).toMatchObject({ user: { id: 'user-ada' } });
  });
});

describe('an ended session', () => {
  beforeEach(async () => {
    await load();
    app.store.dispatch(draftTyped({ field: 'note:new', text: 'half a thought' }));
    backend.expire();
    backend.next('POST /api/user', () => problem('session_ended'));
    await app.store.dispatch(notes.initiate(undefined, { forceRefetch: true }));
  });

  test('keeps what was typed, through the next login of the same person', async () => {
    expect(app.auth()).toMatchObject({ status: 'signedOut', reason: 'session_ended' });
    await app.store.dispatch(login({ username: 'ada', password: 'lovelace' })).unwrap();
    expect(app.store.getState().drafts).toEqual({ 'note:new': 'half a thought' });
  });

  test('keeps nothing for another person', async () => {
    await app.store.dispatch(login(asGrace)).unwrap();
    expect(app.store.getState().drafts).toEqual({});
    expect(JSON.stringify(app.store.getState().upstream)).not.toContain('Ada');
  });
});

describe('an edit', () => {
  test('shows at once and survives the refresh that it meets', async () => {
    await load();
    backend.expire();
    const editing = app.store.dispatch(editNote.initiate({ id: 'a1', text: 'Ada better' }));
    expect(cached()).toEqual(['Ada better', 'Ada two']);
    await editing.unwrap();
    expect(backend.count('POST /api/user')).toBe(1);
    expect(backend.notes['user-ada']?.[0]?.text).toBe('Ada better');
    expect(cached()).toEqual(['Ada better', 'Ada two']);
  });

  test('that the upstream refuses is taken back', async () => {
    await load();
    backend.next('PATCH /api/upstream/notes/a1', () => ({ status: 422, data: {} }));
    const result = await app.store.dispatch(editNote.initiate({ id: 'a1', text: 'too much' }));
    expect(result.error).toEqual({ code: 'invalid_request', status: 422 });
    expect(cached()).toEqual(['Ada one', 'Ada two']);
  });
});
