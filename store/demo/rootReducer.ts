import { combineSlices, type Reducer, type UnknownAction } from '@reduxjs/toolkit';
import { ownedReducer, type Owned } from '../ownedReducer.ts';
import { draftsReducer } from './draftsSlice.ts';
import { stepUpReducer } from './stepUpSlice.ts';
import { toastsReducer } from './toastsSlice.ts';
import { trafficReducer } from './trafficSlice.ts';
import { uploadsReducer } from './uploadsSlice.ts';
import type { upstreamApi } from './upstreamApi.ts';

/** The part that RTK Query keeps. Pages without a query do not load it; see store/upstream.ts. */
type UpstreamState = Record<typeof upstreamApi.reducerPath, ReturnType<typeof upstreamApi.reducer>>;

export const personal = combineSlices({
  drafts: draftsReducer,
  stepUp: stepUpReducer,
  toasts: toastsReducer,
  traffic: trafficReducer,
  uploads: uploadsReducer,
}).withLazyLoadedSlices<UpstreamState>();

type Personal = Omit<ReturnType<typeof personal>, keyof UpstreamState> & UpstreamState;

/** The whole state. */
export type RootState = Owned<Personal>;

export const rootReducer = ownedReducer(personal as Reducer<Personal, UnknownAction, Partial<Personal>>);
