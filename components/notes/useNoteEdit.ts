import { hookError, type ApiError } from '../../store/apiError.ts';
import { draftDropped, noteField } from '../../store/draftsSlice.ts';
import { useAppDispatch } from '../../store/hooks.ts';
import { useEditNoteMutation } from '../../store/upstreamApi.ts';

interface NoteEdit {
  /** Name of the note's draft: it is there from the first key to the upstream's answer. */
  readonly field: string;
  readonly isSaving: boolean;
  readonly error: ApiError | null;
  readonly save: (text: string) => void;
  readonly dropDraft: () => void;
}

/**
 * The edit of one note, shared by its id: after an edit that fails, the editor opens again with what was typed.
 */
export function useNoteEdit(id: string): NoteEdit {
  const dispatch = useAppDispatch();
  const [editNote, { isLoading, error, reset }] = useEditNoteMutation({ fixedCacheKey: `edit ${id}` });
  const field = noteField(id);
  return {
    field,
    isSaving: isLoading,
    error: hookError(error),
    save: (text) => {
      void editNote({ id, text }).then(({ error: refused }) => {
        if (!refused) dispatch(draftDropped(field));
      });
    },
    dropDraft: () => {
      reset();
      dispatch(draftDropped(field));
    },
  };
}
