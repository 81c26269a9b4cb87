/** @jest-environment jsdom */
import { login } from '../../store/authThunks.ts';
import { upstreamApi } from '../../store/demo/upstreamApi.ts';
import { startApp, startSignedInApp, until, type TestApp } from './startApp.ts';

const { notes } = upstreamApi.endpoints;
const planted = { reauth: { readHint: () => ({ id: 'planted', version: 9 }) } };

let app: TestApp;
afterEach(() => app.leave());

const load = () => app.store.dispatch(notes.initiate(undefined, { forceRefetch: true }));

test('a page whose hint is planted refreshes, and shows the person whom the server names', async () => {
  app = startSignedInApp('ada', planted);
  const { backend } = app;
  await until(() => backend.count('GET /api/user') === 1);
  for (const version of [2, 3]) {
    backend.expire();
    expect((await load()).isSuccess).toBe(true);
    expect(app.auth()).toMatchObject({
      status: 'signedIn',
      user: { id: 'user-ada' },
      session: { version },
    });
  }
  expect(backend.count('POST /api/user')).toBe(2);
  expect(backend.count('GET /api/user')).toBe(1);
});

test('after a new login a page whose hint is planted refreshes too', async () => {
  app = startApp(planted);
  await app.store.dispatch(login({ username: 'grace', password: 'hopper' })).unwrap();
  app.backend.expire();
  expect((await load()).isSuccess).toBe(true);
  expect(app.auth()).toMatchObject({ status: 'signedIn', user: { id: 'user-grace' } });
});
