import type { LabChange, LabState } from '../../services/lab.ts';
import { isNoSession, type ApiError } from '../apiError.ts';
import { sessionDoubted } from '../pageActions.ts';
import { outageSeen } from './trafficSlice.ts';
import { upstreamApi } from './upstreamApi.ts';

interface Started<T> {
  readonly dispatch: (action: ReturnType<typeof sessionDoubted> | ReturnType<typeof outageSeen>) => unknown;
  readonly queryFulfilled: Promise<{ data: T }>;
}

/** The controls bypass the engine, so a session that is over must be reported from here. */
async function watchSession<T>({ dispatch, queryFulfilled }: Started<T>): Promise<T | null> {
  try {
    return (await queryFulfilled).data;
  } catch (thrown) {
    const { error } = thrown as { readonly error?: ApiError };
    if (error && isNoSession(error)) dispatch(sessionDoubted());
    return null;
  }
}

/** Whether any fault is on, so that other pages can say why calls fail. */
async function watchOutage(api: Started<LabState>): Promise<void> {
  const state = await watchSession(api);
  if (state) api.dispatch(outageSeen(Object.values(state.faults).some((rules) => rules.length > 0)));
}

/** The sample backend's controls; only the lab page loads this file. */
const labApi = upstreamApi.injectEndpoints({
  endpoints: (build) => ({
    lab: build.query<LabState, undefined>({
      query:
        () =>
        ({ lab }, signal) =>
          lab.read(signal),
      providesTags: ['Lab'],
      onQueryStarted: (_, api) => watchOutage(api),
    }),

    changeLab: build.mutation<LabState, LabChange>({
      query:
        (change) =>
        ({ lab }) =>
          lab.change(change),
      invalidatesTags: ['Lab'],
      onQueryStarted: (_, api) => watchOutage(api),
    }),

    expireToken: build.mutation<null, undefined>({
      query:
        () =>
        ({ lab }) =>
          lab.expire(),
      onQueryStarted: async (_, api) => void (await watchSession(api)),
    }),

    resetLab: build.mutation<null, undefined>({
      query:
        () =>
        ({ lab }) =>
          lab.reset(),
      invalidatesTags: ['Lab'],
      onQueryStarted: async (_, api) => void (await watchSession(api)),
    }),
  }),
});

export const { useLabQuery, useChangeLabMutation, useExpireTokenMutation, useResetLabMutation } = labApi;
