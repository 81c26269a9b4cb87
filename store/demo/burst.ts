import { createAction, createAsyncThunk, type ThunkAction, type UnknownAction } from '@reduxjs/toolkit';
import type { BurstOrder, NaiveRun } from '../../services/lab.ts';
import type { Deps } from './deps.ts';

export type { BurstOrder };

export interface BurstSummary {
  readonly succeeded: number;
  readonly failed: number;
  readonly refreshes: number;
}

/** A burst without Reseal, on the page's clock. */
export type NaiveEpisode = NaiveRun & { readonly startedAtMs: number };

/** The part of the state that a burst reads. */
interface BurstRoot {
  readonly traffic: { readonly refreshCount: number };
}

/** A burst leaves now, on the page's clock. */
export const burstStarted = createAction<number>('traffic/burstStarted');

/** The burst without Reseal has ended. */
export const naiveRan = createAction<NaiveEpisode>('traffic/naiveRan');

const createLabThunk = createAsyncThunk.withTypes<{ state: BurstRoot; extra: Deps }>();

/** Sends `count` calls at once and counts how they end; the refreshes are those of this tab during the burst. */
export const sendBurst = createLabThunk(
  'traffic/burst',
  async (
    { count, expire, compare, ...probe }: BurstOrder,
    { dispatch, extra, getState },
  ): Promise<BurstSummary> => {
    const { lab, page } = extra;
    if (expire) await lab.expire();
    const before = getState().traffic.refreshCount;
    const startedAtMs = page.now();
    dispatch(burstStarted(startedAtMs));
    const naive = compare
      ? lab.runNaive({ ...probe, count }).then(
          (run) => void dispatch(naiveRan({ ...run, startedAtMs })),
          // Without this lane the burst is still worth seeing.
          () => undefined,
        )
      : undefined;
    const ends = await Promise.allSettled(Array.from({ length: count }, () => lab.probe(probe)));
    await naive;
    const succeeded = ends.filter(({ status }) => status === 'fulfilled').length;
    return { succeeded, failed: count - succeeded, refreshes: getState().traffic.refreshCount - before };
  },
);

/** Waits for a second tab, then sends the burst from both at once. */
export const burstWithTab =
  (order: BurstOrder): ThunkAction<void, BurstRoot, Deps, UnknownAction> =>
  (_, __, { inviteTab }) =>
    inviteTab(order);
