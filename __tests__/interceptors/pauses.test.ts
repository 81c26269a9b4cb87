import { createReauth } from '../../interceptors/reauth.ts';
import { refusal } from '../../interceptors/testing/answers.ts';
import { createSharedNote, createTabs, deferred, settled } from '../../interceptors/testing/tabs.ts';

const unavailable =
  (headers: Record<string, string> = {}) =>
  () =>
    Promise.reject(refusal('upstream_unavailable', headers));

describe('a pause between two tries', () => {
  test.each([
    ['a back-off', {}],
    ['a Retry-After', { 'retry-after': '20' }],
  ])('ends at once when another tab’s refresh moves the hint: %s', async (_, headers) => {
    const { backend, tabs } = createTabs(2);
    const [here] = tabs as [(typeof tabs)[0]];
    backend.expire();
    backend.script(unavailable(headers));
    const waiting = here.send('/a');
    await settled();
    expect([here.reauth.queued, backend.refreshes]).toEqual([1, 1]);
    await backend.refresh({ staleVersion: 1, signal: new AbortController().signal }); // another tab
    await settled();
    expect(await waiting).toBe('200'); // and no time has passed
    expect(backend.refreshes).toBe(2);
  });

  test('ends within a quarter of a second where the browser reports no cookie change', async () => {
    const { backend, clock, tabs } = createTabs(1, { watchHint: () => () => {} });
    backend.expire();
    backend.script(unavailable({ 'retry-after': '20' }));
    const waiting = tabs[0]!.send('/a');
    await settled();
    await backend.refresh({ staleVersion: 1, signal: new AbortController().signal });
    await clock.advance(250);
    expect(await waiting).toBe('200');
  });

  test('is skipped when the hint moved while the call that failed was under way', async () => {
    const { backend, tabs } = createTabs();
    backend.expire();
    const call = deferred<never>();
    backend.script(() => call.promise);
    const waiting = tabs[0]!.send('/a');
    await settled();
    await backend.refresh({ staleVersion: 1, signal: new AbortController().signal });
    call.reject(refusal('upstream_unavailable'));
    expect(await waiting).toBe('200');
  });

  test('leaves no timer behind when it is cut short', async () => {
    const { backend, clock, tabs } = createTabs();
    backend.expire();
    backend.script(unavailable());
    const waiting = tabs[0]!.send('/a');
    await settled();
    await backend.refresh({ staleVersion: 1, signal: new AbortController().signal });
    await waiting;
    await settled();
    expect(clock.timers).toBe(0);
  });
});

describe('a Retry-After that is not understood', () => {
  test.each(['soon', '-5', '3.5', 'Infinity', '9'.repeat(400)])('counts as absent: %s', async (value) => {
    const storage = createSharedNote();
    const { backend, clock, tabs } = createTabs(1, { storage });
    const { send } = tabs[0]!;
    backend.expire();
    backend.script(...Array.from({ length: 99 }, () => unavailable({ 'retry-after': value })));
    const first = send('/0');
    await clock.advance(10_000);
    const all = [await first];
    for (let at = 1; at < 20; at++) all.push(await send(`/${at}`));
    expect(new Set(all)).toEqual(new Set(['ERR_REFRESH_UNAVAILABLE']));
    expect(backend.refreshes).toBeLessThanOrEqual(5); // 4 tries, and one after the window
    expect(storage.getItem('reseal_cooldown')).toMatch(/^\d+(\.\d+)? \d+$/);
  });

  test('does not shorten the back-off: a Retry-After of 0 waits 400 ms, and a window lasts a second', async () => {
    const { backend, clock, tabs } = createTabs();
    const { send } = tabs[0]!;
    backend.expire();
    backend.script(...Array.from({ length: 99 }, () => unavailable({ 'retry-after': '0' })));
    const first = send('/0');
    await clock.advance(399);
    expect(backend.refreshes).toBe(1);
    await clock.advance(1601);
    expect([await first, backend.refreshes]).toEqual(['ERR_REFRESH_UNAVAILABLE', 4]);
    for (let at = 1; at < 20; at++) expect(await send(`/${at}`)).toBe('ERR_REFRESH_UNAVAILABLE');
    expect(backend.refreshes).toBeLessThanOrEqual(5);
  });
});

test('a note of an outage that another program garbled is no outage', async () => {
  const storage = createSharedNote();
  storage.setItem('reseal_cooldown', 'NaN NaN');
  const { backend, tabs } = createTabs(1, { storage });
  backend.expire();
  expect(await tabs[0]!.send('/a')).toBe('200');
});

test('a tab whose monotonic clock stood still in sleep reads the end of an outage by the wall clock', async () => {
  const storage = createSharedNote();
  const { backend, clock, tabs } = createTabs(1, { storage });
  let wallMs = 1_000_000;
  const refresh = jest.fn(backend.refresh);
  const reauth = createReauth({
    refresh,
    readHint: backend.readHint,
    watchHint: () => () => {},
    storage,
    clock: { ...clock, Date: { now: () => wallMs } },
  });
  storage.setItem('reseal_cooldown', `${wallMs + 30_000} 1`);
  await expect(reauth.refresh()).rejects.toMatchObject({ code: 'ERR_REFRESH_UNAVAILABLE' });
  expect(refresh).not.toHaveBeenCalled();
  wallMs += 60_000; // the machine sleeps; `performance` does not move
  expect(await reauth.refresh()).toMatchObject({ session: { version: 2 } });
  expect(tabs).toHaveLength(1);
});
