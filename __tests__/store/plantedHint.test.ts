/** @jest-environment jsdom */
import { login } from '../../store/authThunks.ts';
import { upstreamApi } from '../../store/upstreamApi.ts';
import { setStage, signedInStage, until, type Stage } from './stage.ts';

const { notes } = upstreamApi.endpoints;
const planted = { reauth: { readHint: () => ({ id: 'planted', version: 9 }) } };

let stage: Stage;
afterEach(() => stage.leave());

const load = () => stage.store.dispatch(notes.initiate(undefined, { forceRefetch: true }));

test('a page whose hint is planted refreshes, and shows the person whom the server names', async () => {
  stage = signedInStage('ada', planted);
  const { backend } = stage;
  await until(() => backend.count('GET /api/user') === 1);
  for (const version of [2, 3]) {
    backend.expire();
    expect((await load()).isSuccess).toBe(true);
    expect(stage.auth()).toMatchObject({
      status: 'signedIn',
      user: { id: 'user-ada' },
      session: { version },
    });
  }
  expect(backend.count('POST /api/user')).toBe(2);
  expect(backend.count('GET /api/user')).toBe(1);
});

test('after a new login a page whose hint is planted refreshes too', async () => {
  stage = setStage(planted);
  await stage.store.dispatch(login({ username: 'grace', password: 'hopper' })).unwrap();
  stage.backend.expire();
  expect((await load()).isSuccess).toBe(true);
  expect(stage.auth()).toMatchObject({ status: 'signedIn', user: { id: 'user-grace' } });
});
