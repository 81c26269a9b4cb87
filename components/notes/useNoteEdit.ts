import { etagOf, type Note } from '../../contract/notes.ts';
import { hookError, type ApiError } from '../../store/apiError.ts';
import {
  draftDropped,
  draftTyped,
  noteField,
  readBase,
  selectBase,
  selectDraft,
} from '../../store/demo/draftsSlice.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { useEditNoteMutation } from '../../store/demo/upstreamApi.ts';

interface NoteEdit {
  /** What is being typed; `undefined` while the note is not edited. */
  readonly draft: string | undefined;
  readonly isSaving: boolean;
  readonly error: ApiError | null;
  /** The note was changed elsewhere, to another text than the draft, since the edit began. */
  readonly hasConflict: boolean;
  /** Begins an edit, or goes on from the version that is shown now. */
  readonly begin: (text: string) => void;
  readonly type: (text: string) => void;
  /** Sends the text. With `overwrite` the version that is shown now is replaced, else the one that the edit began from. */
  readonly save: (text: string, overwrite?: boolean) => void;
  readonly dropDraft: () => void;
}

/** The edit of one note, shared by its id: after an edit that fails, the editor opens again with what was typed. */
export function useNoteEdit(note: Note): NoteEdit {
  const { id } = note;
  const dispatch = useAppDispatch();
  const [editNote, { isLoading, error, reset }] = useEditNoteMutation({ fixedCacheKey: `edit ${id}` });
  const field = noteField(id);
  const draft = useAppSelector((state) => selectDraft(state, field));
  const base = readBase(useAppSelector((state) => selectBase(state, field)));
  const current = { etag: etagOf(note), text: note.text };
  const isMoved = base !== null && base.text !== note.text;
  return {
    draft,
    isSaving: isLoading,
    error: hookError(error),
    hasConflict: isMoved && !isLoading && draft !== undefined && draft.trim() !== note.text,
    begin: (text) => {
      reset();
      dispatch(draftTyped({ field, text, base: current }));
    },
    type: (text) => dispatch(draftTyped({ field, text })),
    save: (text, overwrite = false) => {
      // What changed may be the note's file alone: the text is still the one that the edit began from.
      const { etag } = overwrite || !isMoved ? current : base;
      if (overwrite) dispatch(draftTyped({ field, text, base: current }));
      void editNote({ id, text, etag }).then(({ error: refused }) => {
        if (!refused) dispatch(draftDropped(field));
      });
    },
    dropDraft: () => {
      reset();
      dispatch(draftDropped(field));
    },
  };
}
