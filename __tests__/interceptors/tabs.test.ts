import {
  createSharedLock,
  createTabs,
  deferred,
  settled,
  type Tab,
} from '../../interceptors/testing/tabs.ts';

const pair = (tabs: readonly Tab[]) => tabs as readonly [Tab, Tab];

describe('tabs of one jar', () => {
  test('tabs whose token expires cost one refresh together, and learn of it from the hint', async () => {
    const { backend, tabs } = createTabs(8);
    backend.expire();
    const all = await Promise.all(tabs.flatMap(({ send }, i) => [send(`/${i}/a`), send(`/${i}/b`)]));
    expect(new Set(all)).toEqual(new Set(['200']));
    expect([backend.refreshes, backend.peak]).toEqual([1, 1]);
  });

  test('tabs that each call refresh() refresh one after the other', async () => {
    const { backend, tabs } = createTabs(2);
    const answers = await Promise.all(tabs.map(({ reauth }) => reauth.refresh()));
    expect(answers.map((info) => info?.session.version)).toEqual([2, 2]);
    expect([backend.refreshes, backend.peak]).toEqual([2, 1]);
  });

  test('a tab that learns of another tab’s refresh replays a late 401 without a call', async () => {
    const { backend, tabs } = createTabs(2);
    const [here, there] = pair(tabs);
    backend.expire();
    const gate = backend.hold('/late');
    const late = here.send('/late');
    await there.send('/a');
    gate.release();
    expect([await late, backend.refreshes]).toEqual(['200', 1]);
    expect(here.events.find(({ type }) => type === 'sessionRenewed')).toMatchObject({
      by: 'otherTab',
      session: null,
    });
  });

  test('a refresh that is answered with a version whose token has died is made once more', async () => {
    const { backend, clock, tabs } = createTabs();
    const { send } = tabs[0]!;
    const whoAmI = { ...(await backend.whoAmI()) };
    backend.expire();
    const ours = backend.hold('refresh');
    // Another tab came first: our refresh is answered with version 2, late.
    backend.script(() => ({ ...whoAmI, session: { ...whoAmI.session, version: 2 } }));
    const first = send('/a');
    await ours.arrived;
    await backend.refresh({ staleVersion: 1, signal: AbortSignal.any([]) });
    backend.expire();
    const second = send('/b');
    await clock.advance(3000);
    ours.release();
    expect([await first, await second, backend.refreshes]).toEqual(['200', '200', 3]);
  });

  test('a login in one tab refuses what waits in the other', async () => {
    const { backend, tabs } = createTabs(2);
    const [here, there] = pair(tabs);
    backend.expire();
    backend.hold('refresh');
    const waiting = here.send('/a');
    await settled();
    backend.login();
    expect(await waiting).toBe('ERR_SESSION_CHANGED');
    expect(there.events.at(-1)).toMatchObject({ type: 'sessionChanged', hint: { id: 's2' } });
    expect(await there.send('/b')).toBe('200');
  });

  test('a tab that waits for the lock calls no refresh after a login in another tab', async () => {
    const lock = createSharedLock();
    const other = deferred();
    void lock(() => other.promise);
    const { backend, tabs } = createTabs(1, { lock, watchHint: () => () => {} });
    backend.expire();
    const waiting = tabs[0]!.send('/a');
    await settled();
    backend.login();
    other.resolve();
    expect([await waiting, backend.refreshes]).toEqual(['ERR_SESSION_CHANGED', 0]);
  });

  test('a logout in one tab emits hintLost in the other and ends nothing', async () => {
    const { backend, tabs } = createTabs(2);
    backend.logout();
    expect(tabs[1]!.events.at(-1)).toMatchObject({ type: 'hintLost' });
    expect(tabs[1]!.reauth.state).toBe('idle');
  });

  test('a disposed engine emits nothing when the hint changes', async () => {
    const { backend, tabs } = createTabs(2);
    tabs[1]!.reauth.dispose();
    backend.login();
    expect(tabs[1]!.events).toEqual([]);
  });
});
