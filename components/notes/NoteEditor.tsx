import { useEffect, useRef, type FormEvent } from 'react';
import type { Note } from '../../contract/notes.ts';
import { draftTyped, selectDraft } from '../../store/draftsSlice.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { NoteText } from './NoteText.tsx';
import { useNoteEdit } from './useNoteEdit.ts';

interface NoteEditorProps {
  readonly note: Note;
  readonly takesFocus: boolean;
  readonly onDone: () => void;
}

/**
 * Edits one note. Saving closes it at once and shows the new text; if the upstream refuses, it opens again with
 * what was typed and says why.
 */
export function NoteEditor({ note, takesFocus, onDone }: NoteEditorProps) {
  const { notes: texts } = useMessages();
  const dispatch = useAppDispatch();
  const { field, error, save, dropDraft } = useNoteEdit(note.id);
  const text = useAppSelector((state) => selectDraft(state, field)) ?? note.text;
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takesFocus) area.current?.focus();
  }, [takesFocus]);

  const close = () => {
    onDone();
    dropDraft();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return area.current?.focus();
    onDone();
    save(text.trim());
  };

  return (
    <form onSubmit={submit} className="space-y-3">
      <NoteText
        ref={area}
        aria-label={texts.editLabel}
        value={text}
        onKeyDown={(event) => event.key === 'Escape' && close()}
        onChange={(event) => dispatch(draftTyped({ field, text: event.target.value }))}
      />
      <Failure error={error} />
      <div className="flex gap-2">
        <Button type="submit" look="primary">
          {texts.save}
        </Button>
        <Button look="quiet" onClick={close}>
          {texts.cancel}
        </Button>
      </div>
    </form>
  );
}
