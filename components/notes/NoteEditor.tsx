import { useEffect, useRef, type FormEvent, type KeyboardEvent } from 'react';
import type { Note } from '../../contract/notes.ts';
import { draftTyped, selectDraft } from '../../store/draftsSlice.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
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
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!text.trim()) return;
    onDone();
    save(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit();
  };

  return (
    <form onSubmit={submit} className="space-y-3">
      <textarea
        ref={area}
        aria-label={texts.editLabel}
        rows={3}
        value={text}
        maxLength={10_000}
        onKeyDown={onKeyDown}
        onChange={(event) => dispatch(draftTyped({ field, text: event.target.value }))}
        className="block w-full resize-y rounded-lg border border-strong-line bg-surface px-3 py-2 text-base sm:text-sm"
      />
      <Failure error={error} />
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={!text.trim()}>
          {texts.save}
        </Button>
        <Button look="quiet" onClick={close}>
          {texts.cancel}
        </Button>
      </div>
    </form>
  );
}
