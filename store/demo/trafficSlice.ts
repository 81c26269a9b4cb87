import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import {
  refreshFailed,
  refreshOvertaken,
  refreshStarted,
  sessionEnded,
  sessionRefreshed,
} from '../authSlice.ts';
import { burstStarted, naiveRan, sendBurst, type BurstSummary, type NaiveEpisode } from './burst.ts';
import {
  NO_ROWS,
  withMarks,
  type RefreshBar,
  type SeenRows,
  type TrafficMark,
  type Trip,
} from './trafficRows.ts';

interface Recorded extends SeenRows {
  readonly refreshes: readonly RefreshBar[];
  readonly trips: readonly Trip[];
  /** When the newest burst began: what was sent just before it is another episode. */
  readonly burstAtMs: number;
  /** The newest burst's other lane; `null` where it was not run. */
  readonly naive: NaiveEpisode | null;
}

export interface TrafficState extends Recorded {
  readonly refreshCount: number;
  /** What a paused timeline goes on showing, while recording continues. */
  readonly frozen: Recorded | null;
  readonly burst: { readonly running: boolean; readonly summary: BurstSummary | null };
  /** The sample backend fails on purpose. */
  readonly outage: boolean;
}

const MAX_BARS = 40;
const MAX_TRIPS = 2200;
const EMPTY: Recorded = { ...NO_ROWS, refreshes: [], trips: [], burstAtMs: 0, naive: null };
const NO_BURST = { running: false, summary: null };

const initialState: TrafficState = {
  ...EMPTY,
  refreshCount: 0,
  frozen: null,
  burst: NO_BURST,
  outage: false,
};

const endBar = (state: TrafficState, outcome: RefreshBar['outcome'], endedAtMs: number): TrafficState => ({
  ...state,
  refreshes: state.refreshes.map((bar) =>
    bar.endedAtMs === null && bar.tab === undefined ? { ...bar, outcome, endedAtMs } : bar,
  ),
});

const trafficSlice = createSlice({
  name: 'traffic',
  initialState,
  reducers: {
    /** Marks arrive in batches: a burst of a thousand is not four thousand renders. */
    trafficSeen: (state, { payload }: PayloadAction<readonly TrafficMark[]>) => ({
      ...state,
      ...withMarks(state, payload),
    }),
    /** The same from another tab of this person, already on this page's clock. */
    otherTabSeen: (state, { payload }: PayloadAction<OtherTabTraffic>) => ({
      ...state,
      ...withMarks(state, payload.marks, payload.tab),
      refreshes: [
        ...state.refreshes.filter(({ tab }) => tab !== payload.tab),
        ...payload.refreshes.map((bar) => ({ ...bar, tab: payload.tab })),
      ].slice(-MAX_BARS),
    }),
    tripsSeen: (state, { payload }: PayloadAction<readonly Trip[]>) => ({
      ...state,
      trips: [...state.trips, ...payload].slice(-MAX_TRIPS),
    }),
    outageSeen: (state, { payload }: PayloadAction<boolean>) =>
      state.outage === payload ? state : { ...state, outage: payload },
    /** Nothing is left to look at, so that it goes on as well. */
    timelineCleared: ({ refreshCount, outage }) => ({ ...initialState, refreshCount, outage }),
    timelinePaused: (state, { payload }: PayloadAction<boolean>) => ({
      ...state,
      frozen: payload ? recordedOf(state) : null,
    }),
  },
  extraReducers: (builder) => {
    builder
      .addCase(refreshStarted, (state, { payload }) => ({
        ...state,
        refreshCount: state.refreshCount + 1,
        refreshes: [
          ...state.refreshes.slice(1 - MAX_BARS),
          { id: state.refreshCount + 1, startedAtMs: payload.atMs, endedAtMs: null, outcome: null },
        ],
      }))
      .addCase(sessionRefreshed, (state, { payload }) => endBar(state, 'refreshed', payload.seenAtMs))
      .addCase(refreshOvertaken, (state, { payload }) => endBar(state, 'overtaken', payload.atMs))
      .addCase(refreshFailed, (state, { payload }) => endBar(state, 'failed', payload.atMs))
      .addCase(sessionEnded, (state, { payload }) => endBar(state, 'ended', payload.atMs))
      .addCase(burstStarted, (state, { payload }) => ({ ...state, burstAtMs: payload, dropped: 0 }))
      .addCase(naiveRan, (state, { payload }) => ({ ...state, naive: payload }))
      .addCase(sendBurst.pending, (state) => ({
        ...state,
        naive: null,
        burst: { running: true, summary: null },
      }))
      .addCase(sendBurst.fulfilled, (state, { payload: summary }) => ({
        ...state,
        burst: { running: false, summary },
      }))
      .addCase(sendBurst.rejected, (state) => ({ ...state, burst: NO_BURST }));
  },
  selectors: {
    /** What the timeline shows: what is recorded, or what was when it was paused. */
    selectShown: (state): Recorded => state.frozen ?? state,
    selectRows: ({ frozen, rows }) => frozen?.rows ?? rows,
    selectPaused: (traffic) => traffic.frozen !== null,
    selectBurst: (traffic) => traffic.burst,
    selectOutage: (traffic) => traffic.outage,
  },
});

/** What another tab recorded: new marks, and its refreshes as they are now. */
export interface OtherTabTraffic {
  readonly tab: number;
  readonly marks: readonly TrafficMark[];
  readonly refreshes: readonly RefreshBar[];
}

function recordedOf(state: TrafficState): Recorded {
  const { rows, dropped, lastAtMs, refreshes, trips, burstAtMs, naive } = state;
  return { rows, dropped, lastAtMs, refreshes, trips, burstAtMs, naive };
}

export const { trafficSeen, otherTabSeen, tripsSeen, outageSeen, timelineCleared, timelinePaused } =
  trafficSlice.actions;
export const { selectShown, selectRows, selectPaused, selectBurst, selectOutage } = trafficSlice.selectors;
export const trafficReducer = trafficSlice.reducer;
