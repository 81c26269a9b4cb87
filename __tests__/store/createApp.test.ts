/** @jest-environment jsdom */
import { refreshSession } from '../../store/authThunks.ts';
import { createApp } from '../../store/createApp.ts';
import { sendBurst } from '../../store/trafficSlice.ts';
import { selectUser } from '../../store/authSlice.ts';
import { upstreamApi } from '../../store/upstreamApi.ts';
import { Backend } from './backend.ts';
import { signedInStage, until } from './stage.ts';

const { notes } = upstreamApi.endpoints;

test('fifty requests that expire together cost one renewal, and the burst says so', async () => {
  const stage = signedInStage('ada', { lab: true });
  stage.backend.expire();
  await stage.store.dispatch(sendBurst({ path: '/notes', method: 'GET', count: 50 })).unwrap();
  expect(stage.store.getState().traffic.burst.summary).toEqual({ succeeded: 50, failed: 0, refreshes: 1 });
  expect(stage.backend.count('POST /api/user')).toBe(1);
  stage.leave();
});

test('the timeline shows the life of a request that met a 401', async () => {
  const stage = signedInStage('ada', { lab: true });
  stage.backend.expire();
  await stage.store.dispatch(notes.initiate(undefined));
  await until(() => stage.store.getState().traffic.rows[0]?.outcome === '200');
  const [row] = stage.store.getState().traffic.rows;
  expect(row).toMatchObject({ method: 'GET', path: '/api/upstream/notes', outcome: '200' });
  expect(row?.marks.map(({ phase }) => phase)).toEqual([
    'sent',
    'expired',
    'waiting',
    'replayed',
    'answered',
  ]);
  expect(stage.store.getState().traffic.refreshes).toMatchObject([{ outcome: 'renewed' }]);
  stage.leave();
});

test('the person selected stays the same object over ten renewals', async () => {
  const stage = signedInStage();
  const before = selectUser(stage.store.getState());
  for (let round = 0; round < 10; round += 1) await stage.store.dispatch(refreshSession()).unwrap();
  expect(stage.auth()).toMatchObject({ session: { version: 11 } });
  expect(selectUser(stage.store.getState())).toBe(before);
  stage.leave();
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
    const stage = signedInStage();
    stage.leave();
    const leave = stage.start();
    stage.backend.expire();
    await stage.store.dispatch(notes.initiate(undefined));
    expect(stage.backend.count('POST /api/user')).toBe(1);
    expect(stage.backend.count('GET /api/upstream/notes')).toBe(2);
    leave();
    stage.backend.login('grace');
    document.dispatchEvent(new Event('visibilitychange'));
    stage.hintMoves();
    expect(stage.backend.count('GET /api/user')).toBe(0);
  });

  test('is told of another person by page data, and knows the session of every later request', async () => {
    const stage = signedInStage('ada');
    stage.meet(stage.backend.login('grace'));
    expect(stage.auth()).toMatchObject({ user: { name: 'Grace Hopper' } });
    await stage.store.dispatch(notes.initiate(undefined));
    expect(stage.backend.calls.at(-1)?.identity).toBe('s2');
    stage.leave();
  });
});
