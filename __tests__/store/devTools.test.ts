/** @jest-environment jsdom */
import type { UnknownAction } from '@reduxjs/toolkit';
import { login } from '../../store/authThunks.ts';
import { readable } from '../../store/demo/devTools.ts';
import { createTrafficRecorder } from '../../store/demo/trafficMarks.ts';
import { createEngineListener, type EngineEvent } from '../../store/engineEvents.ts';
import { startSignedInApp, until } from './startApp.ts';

describe('the DevTools', () => {
  test('never show a password', async () => {
    const app = startSignedInApp();
    const shown: string[] = [];
    const sent = app.store.dispatch(login({ username: 'grace', password: 'hopper' }));
    const { arg, requestId } = sent;
    for (const action of [
      login.pending(requestId, arg),
      login.fulfilled({ ...app.backend.info(), seenAtMs: 0 }, requestId, arg),
      login.rejected(new Error('refused'), requestId, arg),
    ])
      shown.push(JSON.stringify(readable(action)));
    await sent;
    for (const line of shown) expect(line).toContain('"username":"grace"');
    expect(shown.join()).not.toContain('hopper');
    app.leave();
  });

  test('tell a refresh that can be read down the list', async () => {
    const app = startSignedInApp();
    const shown: string[] = [];
    const dispatch = (action: UnknownAction) => void shown.push(readable(action).type);
    const hearers = [createEngineListener({ dispatch }), createTrafficRecorder({ dispatch })];
    const hear = (event: EngineEvent) => hearers.forEach((hearer) => hearer(event));
    const send = (id: number) =>
      hear({ type: 'requestSent', id, method: 'get', url: '/x', at: id, queued: 0 });
    [1, 2].forEach(send);
    await until(() => shown.length === 1);
    hear({ type: 'refreshStarted', at: 3, queued: 0 });
    for (const id of [1, 2]) hear({ type: 'requestQueued', id, at: 4, queued: id });
    await until(() => shown.length === 4);
    hear({ type: 'sessionRenewed', session: app.backend.info(), at: 5, queued: 0 });
    for (const id of [1, 2]) hear({ type: 'requestReplayed', id, at: 6, queued: 0 });
    await until(() => shown.length === 7);
    expect(shown).toEqual([
      'traffic/trafficSeen: 2 sent',
      'auth/refreshStarted',
      'traffic/trafficSeen: 2 waiting',
      'auth/queueChanged: 2 wait',
      'auth/sessionRefreshed: version 1',
      'auth/queueChanged: 0 wait',
      'traffic/trafficSeen: 2 replayed',
    ]);
    app.leave();
  });
});
