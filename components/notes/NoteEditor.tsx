import { useEffect, useRef, type FormEvent } from 'react';
import { isTooLong, type Note } from '../../contract/notes.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { NoteConflict } from './NoteConflict.tsx';
import { NoteText } from './NoteText.tsx';
import { useNoteEdit } from './useNoteEdit.ts';

interface NoteEditorProps {
  readonly note: Note;
  readonly takesFocus: boolean;
  readonly onDone: () => void;
}

/**
 * Edits one note. Saving closes it at once and shows the new text; if the upstream refuses, it opens again with
 * what was typed and says why. If the note was changed elsewhere, the other version is shown and nothing is overwritten
 * unasked.
 */
export function NoteEditor({ note, takesFocus, onDone }: NoteEditorProps) {
  const { notes: texts } = useMessages();
  const { draft, error, hasConflict, begin, type, save, dropDraft } = useNoteEdit(note);
  const text = draft ?? note.text;
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
    const typed = text.trim();
    if (!typed || isTooLong(typed)) return area.current?.focus();
    onDone();
    save(typed, hasConflict);
  };
  const combine = () => {
    begin(`${text}\n\n${note.text}`);
    area.current?.focus();
  };

  return (
    <form onSubmit={submit} className="space-y-3">
      <NoteText
        ref={area}
        aria-label={texts.editLabel}
        value={text}
        onKeyDown={(event) => event.key === 'Escape' && close()}
        onChange={(event) => type(event.target.value)}
      />
      {hasConflict ? (
        <NoteConflict text={note.text} onTake={close} onCombine={combine} />
      ) : (
        <Failure error={error} />
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary">
          {hasConflict ? texts.keepMine : texts.save}
        </Button>
        <Button look="quiet" onClick={close}>
          {texts.cancel}
        </Button>
      </div>
    </form>
  );
}
