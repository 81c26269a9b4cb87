import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

/** What a person has typed and not yet sent, by field. It outlives an ended session, not another person's login. */
export type DraftsState = Readonly<Record<string, string>>;

/** The field of a note that is not there yet. */
export const NEW_NOTE = 'note:new';

/** The field of a note that is. */
export const noteField = (id: string): string => `note:${id}`;

const initialState: DraftsState = {};

const without = (state: DraftsState, gone: string): DraftsState =>
  Object.fromEntries(Object.entries(state).filter(([field]) => field !== gone));

const draftsSlice = createSlice({
  name: 'drafts',
  initialState,
  reducers: {
    draftTyped: (state, { payload: { field, text } }: PayloadAction<{ field: string; text: string }>) => ({
      ...state,
      [field]: text,
    }),
    /** Found again on a page begun anew; what is being typed there already stays. */
    draftsFound: (state, { payload }: PayloadAction<DraftsState>) => ({ ...payload, ...state }),

    /** What it was typed for is gone: it is a new note's text now, below what is there. */
    draftOrphaned: (state, { payload: { field, text } }: PayloadAction<{ field: string; text: string }>) => {
      const above = state[NEW_NOTE]?.trim();
      return { ...without(state, field), [NEW_NOTE]: above ? `${above}\n\n${text}` : text };
    },

    /** Sent, or thrown away on purpose. */
    draftDropped: (state, { payload }: PayloadAction<string>) => without(state, payload),
  },
  selectors: {
    /** The text of a field; `undefined` where nothing is being typed. */
    selectDraft: (drafts, field: string): string | undefined => drafts[field],
  },
});

export const { draftTyped, draftsFound, draftOrphaned, draftDropped } = draftsSlice.actions;
export const { selectDraft } = draftsSlice.selectors;
export const draftsReducer = draftsSlice.reducer;
