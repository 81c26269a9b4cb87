import type { LabChange, LabState } from '../services/lab.ts';
import { upstreamApi } from './upstreamApi.ts';

/** The embedded upstream's controls; only the lab page loads this file. */
const labApi = upstreamApi.injectEndpoints({
  endpoints: (build) => ({
    lab: build.query<LabState, undefined>({
      query:
        () =>
        ({ lab }, signal) =>
          lab.read(signal),
      providesTags: ['Lab'],
    }),

    changeLab: build.mutation<LabState, LabChange>({
      query:
        (change) =>
        ({ lab }) =>
          lab.change(change),
      invalidatesTags: ['Lab'],
    }),

    // Invalidates nothing: reading the lab again would meet the 401 that the next burst is to show.
    expireToken: build.mutation<null, undefined>({
      query:
        () =>
        ({ lab }) =>
          lab.expire(),
    }),

    resetLab: build.mutation<null, undefined>({
      query:
        () =>
        ({ lab }) =>
          lab.reset(),
      invalidatesTags: ['Lab'],
    }),
  }),
});

export const { useLabQuery, useChangeLabMutation, useExpireTokenMutation, useResetLabMutation } = labApi;
