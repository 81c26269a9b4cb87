/** @jest-environment jsdom */
import { login, logout } from '../../store/authThunks.ts';
import { draftTyped } from '../../store/demo/draftsSlice.ts';
import { Backend, problem } from './backend.ts';
import { createMemoryStorage, startApp, startSignedInApp, until, type TestApp } from './startApp.ts';

const typed = { 'note:new': 'half a thought' };
const asAda = { username: 'ada', password: 'lovelace' };
const asGrace = { username: 'grace', password: 'hopper' };

const pages: TestApp[] = [];
afterEach(() => pages.splice(0).forEach((app) => app.leave()));

/** A tab in which Ada typed; each page of it is an app of its own. */
function tabWithDraft() {
  const tabStorage = createMemoryStorage();
  const backend = new Backend();
  const page = (as: 'ada' | 'grace' | null) => {
    const app = as ? startSignedInApp(as, { backend, tabStorage }) : startApp({ backend, tabStorage });
    pages.push(app);
    return app;
  };
  const first = page('ada');
  first.store.dispatch(draftTyped({ field: 'note:new', text: 'half a thought' }));
  return { tabStorage, backend, first, page };
}

const draftsOf = (app: TestApp) => app.store.getState().drafts;

describe('what a person was typing', () => {
  test('is there on the next page of the same tab, as after a login at a provider', () => {
    expect(draftsOf(tabWithDraft().page('ada'))).toEqual(typed);
  });

  test('is there after an ended session and a login on a page begun anew', async () => {
    const { backend, first, page } = tabWithDraft();
    backend.expire();
    backend.next('POST /api/user', () => problem('session_ended'));
    const { http } = await first.connect();
    await expect(http.get('/api/upstream/notes')).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' });
    const anonymous = page(null);
    expect(draftsOf(anonymous)).toEqual({});
    await anonymous.store.dispatch(login(asAda)).unwrap();
    expect(draftsOf(anonymous)).toEqual(typed);
  });

  test('is not shown to another person, nor to the first one after that', async () => {
    const { page, tabStorage } = tabWithDraft();
    expect(draftsOf(page('grace'))).toEqual({});
    expect(tabStorage.read()).toBeNull();
    expect(draftsOf(page('ada'))).toEqual({});
  });

  test('is not shown to another person who logs in on a page begun anew', async () => {
    const { page } = tabWithDraft();
    const anonymous = page(null);
    await anonymous.store.dispatch(login(asGrace)).unwrap();
    expect(draftsOf(anonymous)).toEqual({});
  });

  test('is forgotten by a logout', async () => {
    const { first, tabStorage } = tabWithDraft();
    await first.store.dispatch(logout({})).unwrap();
    expect(tabStorage.read()).toBeNull();
  });

  test('leaves the screen at a logout in another tab, and is there again after a login of the same person', async () => {
    const { first, backend } = tabWithDraft();
    backend.jar = null;
    first.hintMoves();
    await until(() => first.auth().status === 'signedOut');
    expect(first.auth()).toMatchObject({ reason: 'logged_out_elsewhere' });
    expect(draftsOf(first)).toEqual({});
    backend.login('ada');
    first.hintMoves();
    await until(() => first.auth().status === 'signedIn');
    expect(draftsOf(first)).toEqual(typed);
  });

  test('is gone for good where another person logs in after a logout in another tab', async () => {
    const { first, backend, tabStorage } = tabWithDraft();
    backend.jar = null;
    first.hintMoves();
    await until(() => first.auth().status === 'signedOut');
    await first.store.dispatch(login(asGrace)).unwrap();
    expect(draftsOf(first)).toEqual({});
    expect(tabStorage.read()).toBeNull();
    await first.store.dispatch(login(asAda)).unwrap();
    expect(draftsOf(first)).toEqual({});
  });

  test.each(['', 'null', '{', '7', '{"owner":1,"drafts":{}}', '{"owner":"user-ada","drafts":null}'])(
    'is nothing where the storage holds %j',
    (text) => {
      const { page, tabStorage } = tabWithDraft();
      tabStorage.write(text);
      expect(draftsOf(page('ada'))).toEqual({});
    },
  );

  test('is text and nothing else, whatever the storage holds', () => {
    const { page, tabStorage } = tabWithDraft();
    tabStorage.write('{"owner":"user-ada","drafts":{"a":"b","c":{"d":1}}}');
    expect(draftsOf(page('ada'))).toEqual({ a: 'b' });
  });
});
