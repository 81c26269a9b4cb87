import { createApi, type BaseQueryFn } from '@reduxjs/toolkit/query/react';
import type { Note } from '../../contract/notes.ts';
import { toApiError, type ApiError } from '../apiError.ts';
import type { Deps } from './deps.ts';

/** One call of an endpoint: which service, with what; the signal is RTK Query's own. Login and logout are thunks, not endpoints. */
type Call = (services: Omit<Deps, 'page'>, signal: AbortSignal) => Promise<unknown>;

/**
 * RTK Query over the services, and so over the one axios instance that the engine is attached to:
 * an endpoint waits for a refresh like any other caller and never sees the 401.
 */
const overServices: BaseQueryFn<Call, unknown, ApiError> = async (call, { signal, extra }) => {
  try {
    return { data: (await call(extra as Deps, signal)) ?? null };
  } catch (error) {
    return { error: toApiError(error) };
  }
};

/** Whose data the store holds; see rootReducer. */
const ownerOf = (state: unknown) => (state as { readonly owner: string | null }).owner;

/** The upstream's resources, and what other files inject. Edits show at once and are taken back if the upstream refuses them. */
export const upstreamApi = createApi({
  reducerPath: 'upstream',
  baseQuery: overServices,
  tagTypes: ['Notes', 'Lab', 'Sessions'],
  endpoints: (build) => ({
    notes: build.query<Note[], undefined>({
      query:
        () =>
        ({ notes }, signal) =>
          notes.list(signal),
      providesTags: ['Notes'],
    }),

    addNote: build.mutation<Note, string>({
      query:
        (text) =>
        ({ notes }, signal) =>
          notes.add(text, signal),
      invalidatesTags: (_, error) => (error ? [] : ['Notes']),
    }),

    editNote: build.mutation<Note, Pick<Note, 'id' | 'text'> & { readonly etag?: string }>({
      query:
        ({ id, text, etag }) =>
        ({ notes }, signal) =>
          notes.edit(id, text, signal, etag),
      invalidatesTags: ['Notes'],
      onQueryStarted: ({ id, text }, { dispatch, getState, queryFulfilled }): Promise<void> =>
        optimistically(
          () =>
            dispatch(
              upstreamApi.util.updateQueryData('notes', undefined, (list) =>
                list.map((note) => (note.id === id ? { ...note, text } : note)),
              ),
            ),
          queryFulfilled,
          () => ownerOf(getState()),
        ),
    }),

    removeNote: build.mutation<null, string>({
      query:
        (id) =>
        ({ notes }, signal) =>
          notes.remove(id, signal),
      invalidatesTags: ['Notes'],
      onQueryStarted: (id, { dispatch, getState, queryFulfilled }): Promise<void> =>
        optimistically(
          () =>
            dispatch(
              upstreamApi.util.updateQueryData('notes', undefined, (list) =>
                list.filter((note) => note.id !== id),
              ),
            ),
          queryFulfilled,
          () => ownerOf(getState()),
        ),
    }),

    /** Not shown before it is done: the person may have to log in for it first, or decline to. */
    removeAllNotes: build.mutation<null, undefined>({
      query:
        () =>
        ({ notes }, signal) =>
          notes.removeAll(signal),
      invalidatesTags: ['Notes'],
    }),
  }),
});

/** Shows a change before it is sent; takes it back if it fails, unless another person's list is there by then. */
async function optimistically(
  show: () => { undo(): void },
  sent: Promise<unknown>,
  owner: () => string | null,
): Promise<void> {
  const before = owner();
  const shown = show();
  try {
    await sent;
  } catch {
    // The inverse patch speaks of positions in a list: in another person's list it would insert the wrong note.
    if (owner() === before) shown.undo();
  }
}

export const {
  useNotesQuery,
  useAddNoteMutation,
  useEditNoteMutation,
  useRemoveNoteMutation,
  useRemoveAllNotesMutation,
} = upstreamApi;
