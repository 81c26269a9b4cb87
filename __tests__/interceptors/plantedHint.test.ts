/**
 * @jest-environment jsdom
 * @jest-environment-options {"url": "https://app.example/notes"}
 */
import { readHintCookie } from '../../interceptors/sessionHint.ts';
import { createBackend } from '../../interceptors/testing/backend.ts';
import { createTabs } from '../../interceptors/testing/tabs.ts';

const planted = { id: 'planted', version: 9 };

test('a page on https does not read a hint without the prefix, and reads its own beside it', () => {
  document.cookie = 'reseal_hint=planted.9; Path=/notes';
  expect(document.cookie).toContain('reseal_hint=planted.9');
  expect(readHintCookie()).toBeNull();
  document.cookie = '__Host-reseal_hint=abc.1; Path=/; Secure';
  expect(document.cookie).toMatch(/reseal_hint=planted\.9.*__Host-reseal_hint=abc\.1/);
  expect(readHintCookie()).toEqual({ id: 'abc', version: 1 });
});

test('an engine that the server told its session refreshes although the hint names another', async () => {
  const { backend, tabs } = createTabs(1, { readHint: () => planted });
  const { send, reauth, events } = tabs[0]!;
  reauth.loggedIn(await backend.whoAmI());
  for (let round = 1; round <= 3; round += 1) {
    backend.expire();
    expect(await send('/a')).toBe('200');
    expect(backend.refreshes).toBe(round);
  }
  expect(reauth.state).toBe('idle');
  expect(events.map(({ type }) => type)).not.toContain('sessionChanged');
  expect(events.map(({ type }) => type)).not.toContain('hintLost');
});

test('an engine that is told after it has believed the hint refreshes too', async () => {
  const { backend, tabs } = createTabs(1, { readHint: () => planted });
  const { send, reauth } = tabs[0]!;
  expect(await send('/a')).toBe('ERR_SESSION_CHANGED');
  reauth.loggedIn(await backend.whoAmI());
  backend.expire();
  expect([await send('/b'), backend.refreshes]).toEqual(['200', 1]);
});

test('a hint that was refuted counts again once the server says that the session has changed', async () => {
  const backend = createBackend();
  const late = await backend.whoAmI();
  const { tabs } = createTabs(1, { watchHint: () => () => {} }, {}, backend);
  const { send, reauth, events } = tabs[0]!;
  backend.login();
  reauth.loggedIn(late); // an answer about the session before that login
  expect(events).toEqual([]);
  expect(await send('/a')).toBe('ERR_SESSION_CHANGED');
  expect(events.find(({ type }) => type === 'sessionChanged')).toMatchObject({ hint: { id: 's2' } });
  reauth.loggedIn(await backend.whoAmI());
  expect(await send('/b')).toBe('200');
});

test('a refresh that is answered session_changed trusts the hint again', async () => {
  const backend = createBackend();
  const late = await backend.whoAmI();
  const { tabs } = createTabs(1, { watchHint: () => () => {} }, {}, backend);
  const { reauth, events } = tabs[0]!;
  backend.login();
  reauth.loggedIn(late);
  backend.script('session_changed');
  await expect(reauth.refresh()).rejects.toMatchObject({ code: 'ERR_SESSION_CHANGED' });
  expect(events.find(({ type }) => type === 'sessionChanged')).toMatchObject({ hint: { id: 's2' } });
});
