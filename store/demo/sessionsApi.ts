import type { PersonSession } from '../../contract/sessions.ts';
import { upstreamApi } from './upstreamApi.ts';

/** The person's sessions on our own server; only the session page loads this file. */
const sessionsApi = upstreamApi.injectEndpoints({
  endpoints: (build) => ({
    sessions: build.query<readonly PersonSession[], undefined>({
      query:
        () =>
        ({ sessions }, signal) =>
          sessions.list(signal),
      providesTags: ['Sessions'],
    }),

    endSession: build.mutation<null, string>({
      query:
        (id) =>
        ({ sessions }) =>
          sessions.end(id),
      // Refused or not: what is shown may be what was.
      invalidatesTags: ['Sessions'],
    }),
  }),
});

export const { useSessionsQuery, useEndSessionMutation } = sessionsApi;
