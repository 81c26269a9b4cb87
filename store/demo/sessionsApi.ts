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

    nameSession: build.mutation<null, { readonly id: string; readonly name: string | null }>({
      query:
        ({ id, name }) =>
        ({ sessions }) =>
          sessions.name(id, name),
      // Shown as soon as it is saved; the list is asked for again all the same.
      onQueryStarted: async ({ id, name }, { dispatch, queryFulfilled }) => {
        const isSaved = await queryFulfilled.then(
          () => true,
          () => false,
        );
        if (isSaved) dispatch(named(id, name));
      },
      invalidatesTags: ['Sessions'],
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

const named = (id: string, given: string | null) =>
  sessionsApi.util.updateQueryData('sessions', undefined, (list) =>
    list.map((one) => {
      const { name: before = null, ...rest } = one;
      if (one.id !== id || before === given) return one;
      return given === null ? rest : { ...rest, name: given };
    }),
  );

export const { useSessionsQuery, useEndSessionMutation, useNameSessionMutation } = sessionsApi;
