import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

/**
 * What a person has typed and not yet sent, by field. It outlives an ended session, not another person's login. Beside
 * the text of an edit stands the version that it began from: see {@link selectBase}.
 */
export type DraftsState = Readonly<Record<string, string>>;

/** The field of a note that is not there yet. */
export const NEW_NOTE = 'note:new';

/** The field of a note that is. */
export const noteField = (id: string): string => `note:${id}`;

/** The version of a note that an edit began from. */
export interface DraftBase {
  readonly etag: string;
  readonly text: string;
}

const baseField = (field: string): string => `base:${field}`;

const initialState: DraftsState = {};

const without = (state: DraftsState, gone: string): DraftsState =>
  Object.fromEntries(Object.entries(state).filter(([field]) => field !== gone && field !== baseField(gone)));

const draftsSlice = createSlice({
  name: 'drafts',
  initialState,
  reducers: {
    /** With `base` an edit begins, or goes on from another version. */
    draftTyped: (
      state,
      { payload: { field, text, base } }: PayloadAction<{ field: string; text: string; base?: DraftBase }>,
    ) => ({
      ...state,
      [field]: text,
      ...(base && { [baseField(field)]: JSON.stringify(base) }),
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
    /** The version that the edit of a field began from, as text that stays equal while it does; see {@link readBase}. */
    selectBase: (drafts, field: string): string | undefined => drafts[baseField(field)],
  },
});

export const { draftTyped, draftsFound, draftOrphaned, draftDropped } = draftsSlice.actions;
export const { selectDraft, selectBase } = draftsSlice.selectors;
export const draftsReducer = draftsSlice.reducer;

/** Reads what {@link selectBase} found; `null` where the edit has no known beginning. */
export function readBase(kept: string | undefined): DraftBase | null {
  try {
    const { etag, text } = JSON.parse(kept ?? '{}') as Partial<DraftBase>;
    return typeof etag === 'string' && typeof text === 'string' ? { etag, text } : null;
  } catch {
    return null;
  }
}
