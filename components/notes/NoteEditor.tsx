import { useEffect, useRef, type FormEvent, type KeyboardEvent } from 'react';
import { flushSync } from 'react-dom';
import type { Note } from '../../contract/notes.ts';
import { hookError } from '../../store/apiError.ts';
import { draftDropped, draftTyped, selectDraft } from '../../store/draftsSlice.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { useEditNoteMutation } from '../../store/upstreamApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';

interface NoteEditorProps {
  readonly note: Note;
  /** Name of its draft. */
  readonly field: string;
  readonly onDone: () => void;
}

/** Edits one note. The list shows the new text at once; the draft is dropped when the upstream has it. */
export function NoteEditor({ note, field, onDone }: NoteEditorProps) {
  const { notes: texts } = useMessages();
  const dispatch = useAppDispatch();
  const text = useAppSelector((state) => selectDraft(state, field)) ?? note.text;
  const [editNote, { isLoading, error }] = useEditNoteMutation();
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);

  const close = () => {
    // The button that opened the editor must be there again before it can have the focus back.
    flushSync(() => dispatch(draftDropped(field)));
    onDone();
  };
  const save = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!text.trim() || isLoading) return;
    const result = await editNote({ id: note.id, text: text.trim() });
    if (!result.error) close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
  };

  return (
    <form onSubmit={(event) => void save(event)} className="space-y-3">
      <textarea
        ref={area}
        aria-label={texts.editLabel}
        rows={3}
        value={text}
        maxLength={10_000}
        readOnly={isLoading}
        onKeyDown={onKeyDown}
        onChange={(event) => dispatch(draftTyped({ field, text: event.target.value }))}
        className="block w-full resize-y rounded-lg border border-strong-line bg-surface px-3 py-2 text-base sm:text-sm"
      />
      <Failure error={hookError(error)} />
      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={isLoading} disabled={!text.trim()}>
          {texts.save}
        </Button>
        <Button look="quiet" onClick={close}>
          {texts.cancel}
        </Button>
      </div>
    </form>
  );
}
