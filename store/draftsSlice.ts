import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

/** What a person has typed and not yet sent, by field. It outlives an ended session, not another person's login. */
export type DraftsState = Readonly<Record<string, string>>;

const initialState: DraftsState = {};

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

    /** Sent, or thrown away on purpose. */
    draftDropped: (state, { payload }: PayloadAction<string>) =>
      Object.fromEntries(Object.entries(state).filter(([field]) => field !== payload)),
  },
  selectors: {
    /** The text of a field; `undefined` where nothing is being typed. */
    selectDraft: (drafts, field: string): string | undefined => drafts[field],
  },
});

export const { draftTyped, draftsFound, draftDropped } = draftsSlice.actions;
export const { selectDraft } = draftsSlice.selectors;
export const draftsReducer = draftsSlice.reducer;
