import { useRef, type FormEvent } from 'react';
import { isTooLong } from '../../contract/notes.ts';
import { hookError } from '../../store/apiError.ts';
import { draftDropped, draftTyped, NEW_NOTE, selectDraft } from '../../store/demo/draftsSlice.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { useAddNoteMutation } from '../../store/demo/upstreamApi.ts';
import { excerpt } from '../messages/figures.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { NoteText } from './NoteText.tsx';

export const NEW_NOTE_ID = 'new-note';

interface NoteComposerProps {
  /** The upstream has it; called with the beginning of its text. */
  readonly onAdd: (name: string) => void;
}

/** Where a new note is written. The text leaves the field when the upstream has it, not before. */
export function NoteComposer({ onAdd }: NoteComposerProps) {
  const { notes: texts } = useMessages();
  const dispatch = useAppDispatch();
  const text = useAppSelector((state) => selectDraft(state, NEW_NOTE)) ?? '';
  const [addNote, { isLoading, error }] = useAddNoteMutation();
  const area = useRef<HTMLTextAreaElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const typed = text.trim();
    if (isLoading) return;
    if (!typed || isTooLong(typed)) return area.current?.focus();
    const { error: refused } = await addNote(typed);
    if (refused) return;
    dispatch(draftDropped(NEW_NOTE));
    onAdd(excerpt(typed));
  };

  return (
    <form
      onSubmit={(event) => void submit(event)}
      className="rounded-xl lg:sticky lg:top-6 border border-line bg-surface p-4 shadow-xs sm:p-5"
    >
      <label htmlFor={NEW_NOTE_ID} className="mb-1 block text-sm font-medium">
        {texts.newLabel}
      </label>
      <NoteText
        ref={area}
        id={NEW_NOTE_ID}
        value={text}
        readOnly={isLoading}
        placeholder={texts.placeholder}
        onChange={(event) => dispatch(draftTyped({ field: NEW_NOTE, text: event.target.value }))}
      />
      <div className="mt-3 flex flex-wrap items-center justify-end gap-3">
        <div className="flex-1 basis-60 empty:hidden">
          <Failure error={hookError(error)} />
        </div>
        <Button type="submit" look="primary" busy={isLoading}>
          {isLoading ? texts.adding : texts.add}
        </Button>
      </div>
    </form>
  );
}
