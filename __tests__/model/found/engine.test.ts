import { createFakeClock } from '../../../interceptors/testing/fakeClock.ts';
import { refusal } from '../../../interceptors/testing/answers.ts';
import { createTabs, settled } from '../../../interceptors/testing/tabs.ts';

/* What the model found in the engine, each as short as it gets. */

test('a request that stood in line past the grace ends no one: its cookie was an older version’s', async () => {
  const { backend, tabs } = createTabs();
  const { http, reauth, send, events } = tabs[0]!;
  const ended = refusal('session_ended');
  const gate = Promise.withResolvers<never>();
  const stuck = http.get('/stuck', { adapter: () => gate.promise }).catch((error: unknown) => error);
  await settled();
  backend.expire();
  expect(await send('/other')).toBe('200');
  expect(backend.readHint()?.version).toBe(2);

  gate.reject(ended);
  expect(await stuck).toBe(ended);
  expect(reauth.state).toBe('idle');
  expect(events.map(({ type }) => type)).not.toContain('sessionEnded');
  expect(await send('/again')).toBe('200');
});

test('a cooldown that another tab began is a refusal with a reason, and leaves no unhandled rejection', async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown) => void unheard.push(error);
  process.on('unhandledRejection', hear);
  const notes = new Map<string, string>();
  const storage = {
    getItem: (key: string) => notes.get(key) ?? null,
    setItem: (key: string, note: string) => void notes.set(key, note),
  };
  const clock = createFakeClock();
  const { backend, tabs } = createTabs(1, { storage, clock });
  backend.script('upstream_unavailable');
  backend.expire();
  const request = tabs[0]!.send('/a');
  await settled();
  // Between the first try and the second another tab has given up, and opened a window.
  notes.set('reseal_cooldown', `${clock.performance.timeOrigin + clock.performance.now() + 60_000} 1`);
  await clock.advance(5000);
  expect(await request).toBe('ERR_REFRESH_UNAVAILABLE');
  await settled();
  expect(tabs[0]!.events.map(({ type }) => type)).toContain('refreshFailed');
  expect(unheard).toEqual([]);
  process.off('unhandledRejection', hear);
});

test('a page that was told of ada does nothing for bob who logged in elsewhere, until it is told of him', async () => {
  const { backend, tabs } = createTabs();
  const { send, reauth } = tabs[0]!;
  reauth.loggedIn(await backend.whoAmI());
  const bob = backend.login();
  expect(await send('/delete-all')).toBe('ERR_SESSION_CHANGED');
  reauth.loggedIn(bob);
  expect(await send('/delete-all')).toBe('200');
});
