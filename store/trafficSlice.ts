import { createAsyncThunk, createSlice, type PayloadAction } from '@reduxjs/toolkit';
import {
  refreshFailed,
  refreshOvertaken,
  refreshStarted,
  sessionEnded,
  sessionRefreshed,
} from './authSlice.ts';
import type { Deps } from './deps.ts';
import type { Probe } from '../services/lab.ts';

/** What can happen to a request on its way, in this order; `expired` is a 401 that asks for a refresh. */
export type TrafficPhase = 'sent' | 'expired' | 'waiting' | 'replayed' | 'answered' | 'failed';

/** One thing that happened to one request. */
export interface TrafficMark {
  readonly id: number;
  readonly phase: TrafficPhase;
  /** Milliseconds on the page's clock. */
  readonly atMs: number;
  /** Given with `sent`. */
  readonly method?: string;
  readonly path?: string;
  /** Given with `answered` and `failed`: the status, or a code where no answer came. */
  readonly outcome?: string;
}

export interface TrafficRow {
  readonly id: number;
  readonly method: string;
  readonly path: string;
  readonly outcome: string | null;
  readonly marks: readonly { readonly phase: TrafficPhase; readonly atMs: number }[];
}

export interface RefreshBar {
  readonly id: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly outcome: 'refreshed' | 'overtaken' | 'failed' | 'ended' | null;
}

export interface BurstSummary {
  readonly succeeded: number;
  readonly failed: number;
  readonly refreshes: number;
}

interface Traffic {
  readonly rows: readonly TrafficRow[];
  readonly refreshes: readonly RefreshBar[];
}

export interface TrafficState extends Traffic {
  readonly refreshCount: number;
  /** What a paused timeline goes on showing, while the record goes on behind it. */
  readonly frozen: Traffic | null;
  readonly burst: { readonly running: boolean; readonly summary: BurstSummary | null };
}

/** The timeline is a window, not a log. */
export const MAX_ROWS = 120;
const MAX_BARS = 40;

const initialState: TrafficState = {
  rows: [],
  refreshes: [],
  refreshCount: 0,
  frozen: null,
  burst: { running: false, summary: null },
};

const createLabThunk = createAsyncThunk.withTypes<{ state: { traffic: TrafficState }; extra: Deps }>();

/** Sends `count` calls at once and counts how they end; the refreshes are those of this tab during the burst. */
export const sendBurst = createLabThunk(
  'traffic/burst',
  async ({ count, ...probe }: Probe & { count: number }, { extra, getState }): Promise<BurstSummary> => {
    const before = getState().traffic.refreshCount;
    const ends = await Promise.allSettled(Array.from({ length: count }, () => extra.lab.probe(probe)));
    const succeeded = ends.filter(({ status }) => status === 'fulfilled').length;
    return { succeeded, failed: count - succeeded, refreshes: getState().traffic.refreshCount - before };
  },
);

const endBar = (state: TrafficState, outcome: RefreshBar['outcome'], endedAtMs: number): TrafficState => ({
  ...state,
  refreshes: state.refreshes.map((bar) => (bar.endedAtMs === null ? { ...bar, outcome, endedAtMs } : bar)),
});

const trafficSlice = createSlice({
  name: 'traffic',
  initialState,
  reducers: {
    /** Marks arrive in batches: a burst of a thousand is not four thousand renders. */
    trafficSeen: (state, { payload: marks }: PayloadAction<readonly TrafficMark[]>) => ({
      ...state,
      rows: withMarks(state.rows, marks),
    }),
    /** Nothing is left to look at, so that it goes on as well. */
    timelineCleared: ({ refreshCount }) => ({ ...initialState, refreshCount }),
    timelinePaused: (state, { payload }: PayloadAction<boolean>) => ({
      ...state,
      frozen: payload ? { rows: state.rows, refreshes: state.refreshes } : null,
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
      .addCase(sendBurst.pending, (state) => ({ ...state, burst: { running: true, summary: null } }))
      .addCase(sendBurst.fulfilled, (state, { payload: summary }) => ({
        ...state,
        burst: { running: false, summary },
      }))
      .addCase(sendBurst.rejected, (state) => ({ ...state, burst: initialState.burst }));
  },
  selectors: {
    selectRows: ({ frozen, rows }) => frozen?.rows ?? rows,
    selectBars: ({ frozen, refreshes }) => frozen?.refreshes ?? refreshes,
    selectPaused: (traffic) => traffic.frozen !== null,
    selectBurst: (traffic) => traffic.burst,
  },
});

function withMarks(rows: readonly TrafficRow[], marks: readonly TrafficMark[]): readonly TrafficRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, phase, atMs, method = 'GET', path = '', outcome } of marks) {
    const row = byId.get(id) ?? (phase === 'sent' ? { id, method, path, outcome: null, marks: [] } : null);
    if (row)
      byId.set(id, { ...row, outcome: outcome ?? row.outcome, marks: [...row.marks, { phase, atMs }] });
  }
  return [...byId.values()].slice(-MAX_ROWS);
}

export const { trafficSeen, timelineCleared, timelinePaused } = trafficSlice.actions;
export const { selectRows, selectBars, selectPaused, selectBurst } = trafficSlice.selectors;
export const trafficReducer = trafficSlice.reducer;
