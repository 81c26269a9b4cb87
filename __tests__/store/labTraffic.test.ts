/** @jest-environment jsdom */
import { BroadcastChannel as NodeChannel } from 'node:worker_threads';
import { sendBurst } from '../../store/demo/burst.ts';
import { Backend } from './backend.ts';
import { startSignedInApp, until, type TestApp } from './startApp.ts';

const tabs: TestApp[] = [];
let channels = 0;
/** jsdom has none; Node's has the same API. */
class CountedChannel extends NodeChannel {
  constructor(name: string) {
    super(name);
    channels += 1;
  }
}
beforeAll(() => Object.assign(globalThis, { BroadcastChannel: CountedChannel }));
beforeEach(() => {
  channels = 0;
});
afterEach(() => tabs.splice(0).forEach((tab) => tab.leave()));

const openTab = (as: 'ada' | 'grace') => {
  const tab = startSignedInApp(as, { lab: true, backend: new Backend() });
  tabs.push(tab);
  return tab;
};
const rowsOf = (tab: TestApp) => tab.store.getState().traffic.rows;
/** The recorder is loaded after the start. */
const recording = (count: number) => until(() => channels === count);

describe('two tabs with a lab', () => {
  test('show each other’s requests and refreshes', async () => {
    const [one, two] = [openTab('ada'), openTab('ada')];
    await recording(2);
    one.backend.expire();
    await one.store.dispatch(sendBurst({ path: '/notes', method: 'GET', count: 3 })).unwrap();
    await until(() => rowsOf(two).filter(({ outcome }) => outcome === '200').length === 3);
    expect(rowsOf(two).every(({ tab }) => tab !== undefined)).toBe(true);
    await until(() => two.store.getState().traffic.refreshes[0]?.endedAtMs != null);
    expect(two.store.getState().traffic.refreshes).toMatchObject([{ outcome: 'refreshed' }]);
    expect(rowsOf(one)).toHaveLength(3);
  });

  test('say nothing to a tab of another person', async () => {
    const [one, two, stranger] = [openTab('ada'), openTab('ada'), openTab('grace')];
    await recording(3);
    await one.store.dispatch(sendBurst({ path: '/notes', method: 'GET', count: 1 })).unwrap();
    await until(() => rowsOf(two).length === 1);
    expect(rowsOf(stranger)).toEqual([]);
  });
});
