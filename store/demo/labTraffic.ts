import type { RefreshBar, TrafficMark, Trip } from './trafficRows.ts';
import type { AppStore } from './makeStore.ts';
import type { BurstOrder } from '../../services/lab.ts';
import { sendBurst } from './burst.ts';
import { otherTabSeen, tripsSeen } from './trafficSlice.ts';

/** What tabs of one browser say to each other about their traffic; times are in milliseconds since the epoch. */
type Message =
  | {
      readonly kind: 'traffic';
      readonly owner: string;
      readonly tab: number;
      readonly marks: readonly TrafficMark[];
      readonly refreshes: readonly RefreshBar[];
    }
  | { readonly kind: 'burst'; readonly owner: string; readonly order: BurstOrder }
  | { readonly kind: 'joined'; readonly owner: string };

/** The hash with which a lab page is opened to take part in another tab's burst. */
export const JOIN_HASH = '#join';

/** Records, for the lab, what this tab's engine does not see: connections, and the other tabs' requests. */
export function watchLabTraffic(
  store: Pick<AppStore, 'dispatch' | 'getState'>,
  { expire, name }: { readonly expire: () => Promise<void>; readonly name: string },
) {
  const tab = Math.floor(Math.random() * 2 ** 31);
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`${name}-lab`);
  const owner = () => store.getState().owner;
  const post = (message: Message) => {
    try {
      channel?.postMessage(message);
    } catch {
      // Closed: the page is about to go.
    }
  };
  const shift = (by: number) => ({
    marks: (marks: readonly TrafficMark[]) => marks.map((mark) => ({ ...mark, atMs: mark.atMs + by })),
    refreshes: (bars: readonly RefreshBar[]) =>
      bars.map((bar) => ({
        ...bar,
        startedAtMs: bar.startedAtMs + by,
        endedAtMs: bar.endedAtMs === null ? null : bar.endedAtMs + by,
      })),
  });
  const toEpoch = shift(performance.timeOrigin);
  const toPage = shift(-performance.timeOrigin);
  let invited: BurstOrder | null = null;

  const burst = (order: BurstOrder) => void store.dispatch(sendBurst(order));
  if (channel)
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      // A tab of another person is ignored.
      if (data.owner !== owner()) return;
      if (data.kind === 'traffic') {
        const { marks, refreshes } = data;
        const seen = { tab: data.tab, marks: toPage.marks(marks), refreshes: toPage.refreshes(refreshes) };
        return void store.dispatch(otherTabSeen(seen));
      }
      if (data.kind === 'burst') return burst(data.order);
      if (!invited) return;
      const order = { ...invited, expire: false, compare: false };
      invited = null;
      void expire().then(
        () => {
          post({ kind: 'burst', owner: data.owner, order });
          burst(order);
        },
        () => burst(order),
      );
    };
  if (location.hash === JOIN_HASH) {
    const me = owner();
    if (me !== null) post({ kind: 'joined', owner: me });
  }
  const stopTrips = watchTrips((trips) => store.dispatch(tripsSeen(trips)));

  return {
    /** Shares this tab's newest marks with the other tabs. */
    share(marks: readonly TrafficMark[]): void {
      const { owner: me, traffic } = store.getState();
      if (me === null) return;
      const own = traffic.refreshes.filter((bar) => bar.tab === undefined).slice(-5);
      post({
        kind: 'traffic',
        owner: me,
        tab,
        marks: toEpoch.marks(marks),
        refreshes: toEpoch.refreshes(own),
      });
    },
    /** Sends a burst together with the next tab that joins. */
    invite(order: BurstOrder): void {
      invited = order;
    },
    stop(): void {
      stopTrips();
      channel?.close();
    },
  };
}

/** The recorder of {@link watchLabTraffic}. */
export type LabTraffic = ReturnType<typeof watchLabTraffic>;

/** Asks the browser when each call got a connection: HTTP/1.1 has six, the rest of a burst waits in the browser. */
function watchTrips(onTrips: (trips: readonly Trip[]) => void): () => void {
  if (typeof PerformanceObserver === 'undefined') return () => undefined;
  const observer = new PerformanceObserver((list) => {
    const trips = (list.getEntries() as PerformanceResourceTiming[])
      .filter(({ requestStart }) => requestStart > 0)
      .map(({ name, startTime, requestStart }) => ({
        path: new URL(name).pathname,
        startedAtMs: startTime,
        leftAtMs: requestStart,
      }))
      .filter(({ path }) => path.startsWith('/api/upstream/') && !path.startsWith('/api/upstream/lab'));
    if (trips.length > 0) onTrips(trips);
  });
  try {
    observer.observe({ type: 'resource', buffered: true });
  } catch {
    // A browser without resource timing: the phase is not drawn.
  }
  return () => observer.disconnect();
}
