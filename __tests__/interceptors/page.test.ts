/** @jest-environment jsdom */
import { createReauth } from '../../interceptors/reauth.ts';
import type { ReauthEvent } from '../../interceptors/reauthEvents.ts';
import { isOurs } from '../../interceptors/attach.ts';
import { readHintCookie, watchPage } from '../../interceptors/sessionHint.ts';

const setHint = (value: string) => {
  document.cookie = value ? `reseal_hint=${value}` : 'reseal_hint=; max-age=0';
};
afterEach(() => {
  setHint('');
  document.documentElement.hidden = false;
});

function page() {
  const events: ReauthEvent[] = [];
  const reauth = createReauth({ refresh: () => undefined, onEvent: (event) => void events.push(event) });
  return { reauth, events };
}

test('the hint is read from the cookie', () => {
  expect(readHintCookie()).toBeNull();
  setHint('abc.7');
  expect(readHintCookie()).toEqual({ id: 'abc', version: 7 });
});

test('a frame that may not read its cookies has no hint', () => {
  const get = jest.spyOn(Document.prototype, 'cookie', 'get').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  expect(readHintCookie()).toBeNull();
  get.mockRestore();
});

test.each([
  ['visibilitychange', () => document.dispatchEvent(new Event('visibilitychange'))],
  ['pageshow', () => dispatchEvent(new Event('pageshow'))],
  ['online', () => dispatchEvent(new Event('online'))],
])('on %s the hint is read before the event is over', (_, happen) => {
  setHint('abc.1');
  const { reauth, events } = page();
  setHint('xyz.1');
  happen();
  expect(events).toEqual([
    expect.objectContaining({ type: 'sessionChanged', hint: { id: 'xyz', version: 1 } }),
  ]);
  reauth.dispose();
  setHint('zzz.1');
  happen();
  expect(events).toHaveLength(1);
});

test('the engine listens to the change event of a CookieStore, in a hidden tab too', () => {
  const cookieStore = new EventTarget();
  Object.assign(globalThis, { cookieStore });
  setHint('abc.1');
  const { reauth, events } = page();
  setHint('abc.2');
  cookieStore.dispatchEvent(new Event('change'));
  expect(events).toEqual([
    expect.objectContaining({ type: 'sessionRenewed', version: 2, session: null, by: 'otherTab' }),
  ]);
  reauth.dispose();
  Reflect.deleteProperty(globalThis, 'cookieStore');
});

test('a page that returns from bfcache is hidden if the hint names another session, and only then', () => {
  const back = Object.assign(new Event('pageshow'), { persisted: true });
  const first = Object.assign(new Event('pageshow'), { persisted: false });
  let another = false;
  const stop = watchPage(() => another);
  dispatchEvent(back);
  expect(document.documentElement.hidden).toBe(false);
  another = true;
  dispatchEvent(first);
  expect(document.documentElement.hidden).toBe(false);
  const complaint = jest.spyOn(console, 'error').mockImplementation(() => {}); // jsdom cannot navigate
  dispatchEvent(back);
  expect(document.documentElement.hidden).toBe(true);
  complaint.mockRestore();
  stop();
});

test('a page that returns from bfcache after a logout in another tab is hidden', () => {
  setHint('abc.1');
  const { reauth, events } = page();
  setHint('');
  const complaint = jest.spyOn(console, 'error').mockImplementation(() => {});
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  complaint.mockRestore();
  expect(document.documentElement.hidden).toBe(true);
  expect(events.at(-1)?.type).toBe('hintLost');
  reauth.dispose();
});

test.each([
  ['/api/notes', true],
  ['http://localhost/api', true],
  ['https://localhost/api', false],
  ['//elsewhere.example/', false],
  ['http:\\\\elsewhere.example', false],
  ['data:,x', false],
])('%s is of the page’s own origin: %s', (url, ours) => expect(isOurs(url)).toBe(ours));
