/** @jest-environment jsdom */
import { refreshSession } from '../../store/authThunks.ts';
import { createApp } from '../../store/demo/createApp.ts';
import { sendBurst } from '../../store/demo/burst.ts';
import { selectUser } from '../../store/authSlice.ts';
import { upstreamApi } from '../../store/demo/upstreamApi.ts';
import { Backend } from './backend.ts';
import { startSignedInApp, until } from './startApp.ts';

const { notes } = upstreamApi.endpoints;

test('fifty requests that expire together cost one refresh, and the burst says so', async () => {
  const app = startSignedInApp('ada', { lab: true });
  app.backend.expire();
  await app.store.dispatch(sendBurst({ path: '/notes', method: 'GET', count: 50 })).unwrap();
  expect(app.store.getState().traffic.burst.summary).toEqual({ succeeded: 50, failed: 0, refreshes: 1 });
  expect(app.backend.count('POST /api/user')).toBe(1);
  app.leave();
});

test('the timeline shows the life of a request that met a 401', async () => {
  const app = startSignedInApp('ada', { lab: true });
  app.backend.expire();
  await app.store.dispatch(notes.initiate(undefined));
  await until(() => app.store.getState().traffic.rows[0]?.outcome === '200');
  const [row] = app.store.getState().traffic.rows;
  expect(row).toMatchObject({ method: 'GET', path: '/api/upstream/notes', outcome: '200' });
  expect(row?.marks.map(({ phase }) => phase)).toEqual([
    'sent',
    'expired',
    'waiting',
    'replayed',
    'answered',
  ]);
  expect(app.store.getState().traffic.refreshes).toMatchObject([{ outcome: 'refreshed' }]);
  app.leave();
});

test('the person selected stays the same object over ten refreshes', async () => {
  const app = startSignedInApp();
  const before = selectUser(app.store.getState());
  for (let round = 0; round < 10; round += 1) await app.store.dispatch(refreshSession()).unwrap();
  expect(app.auth()).toMatchObject({ session: { version: 11 } });
  expect(selectUser(app.store.getState())).toBe(before);
  app.leave();
});

describe('an app', () => {
  test('that is made and never started touches nothing', () => {
    const added = jest.spyOn(EventTarget.prototype, 'addEventListener');
    const backend = new Backend();
    createApp({ session: backend.login('ada'), http: { adapter: backend.adapter } });
    expect(added.mock.calls.filter(([type]) => type !== 'abort')).toEqual([]);
    expect(backend.calls).toEqual([]);
  });

  test('started, stopped and started again, as StrictMode does, has one engine', async () => {
    const app = startSignedInApp();
    app.leave();
    const leave = app.start();
    app.backend.expire();
    await app.store.dispatch(notes.initiate(undefined));
    expect(app.backend.count('POST /api/user')).toBe(1);
    expect(app.backend.count('GET /api/upstream/notes')).toBe(2);
    leave();
    app.backend.login('grace');
    document.dispatchEvent(new Event('visibilitychange'));
    app.hintMoves();
    expect(app.backend.count('GET /api/user')).toBe(0);
  });

  test('learns of another person by page data, and knows the session of every later request', async () => {
    const app = startSignedInApp('ada');
    app.meet(app.backend.login('grace'));
    expect(app.auth()).toMatchObject({ user: { name: 'Grace Hopper' } });
    await app.store.dispatch(notes.initiate(undefined));
    expect(app.backend.calls.at(-1)?.identity).toBe('s2');
    app.leave();
  });
});
