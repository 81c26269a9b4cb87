import type { FormEvent } from 'react';
import { hookError } from '../../store/apiError.ts';
import { draftDropped, draftTyped, selectDraft } from '../../store/draftsSlice.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { useAddNoteMutation } from '../../store/upstreamApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';

export const NEW_NOTE_ID = 'new-note';
const FIELD = 'note:new';

/** Where a new note is written. The text leaves the field when the upstream has it, not before. */
export function NoteComposer() {
  const { notes: texts } = useMessages();
  const dispatch = useAppDispatch();
  const text = useAppSelector((state) => selectDraft(state, FIELD)) ?? '';
  const [addNote, { isLoading, error }] = useAddNoteMutation();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const typed = text.trim();
    if (!typed || isLoading) return;
    const result = await addNote(typed);
    if (!result.error) dispatch(draftDropped(FIELD));
  };

  return (
    <form
      onSubmit={(event) => void submit(event)}
      className="rounded-xl lg:sticky lg:top-6 border border-line bg-surface p-4 shadow-xs sm:p-5"
    >
      <label htmlFor={NEW_NOTE_ID} className="text-sm font-medium">
        {texts.newLabel}
      </label>
      <textarea
        id={NEW_NOTE_ID}
        rows={3}
        value={text}
        maxLength={10_000}
        readOnly={isLoading}
        placeholder={texts.placeholder}
        onChange={(event) => dispatch(draftTyped({ field: FIELD, text: event.target.value }))}
        className="mt-1 block w-full resize-y rounded-lg border border-strong-line bg-surface px-3 py-2 text-base placeholder:text-muted sm:text-sm"
      />
      <div className="mt-3 flex flex-wrap items-center justify-end gap-3">
        <div className="flex-1 basis-60 empty:hidden">
          <Failure error={hookError(error)} />
        </div>
        <Button type="submit" look="primary" busy={isLoading} disabled={!text.trim()}>
          {isLoading ? texts.adding : texts.add}
        </Button>
      </div>
    </form>
  );
}
