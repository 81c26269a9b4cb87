import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Note } from '../../contract/notes.ts';
import { hookError } from '../../store/apiError.ts';
import { draftTyped, selectDraft } from '../../store/draftsSlice.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { useRemoveNoteMutation } from '../../store/upstreamApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Failure.tsx';
import { NoteAttachment } from './NoteAttachment.tsx';
import { NoteEditor } from './NoteEditor.tsx';
import { When } from './When.tsx';

interface NoteItemProps {
  readonly note: Note;
  /** It is about to leave the list, and the focus with it unless somebody takes it. */
  readonly onRemove: (item: HTMLLIElement, name: string) => void;
}

/** One note: read, edited, or about to be deleted. */
export function NoteItem({ note, onRemove }: NoteItemProps) {
  const { notes: texts } = useMessages();
  const dispatch = useAppDispatch();
  const field = `note:${note.id}`;
  const editing = useAppSelector((state) => selectDraft(state, field)) !== undefined;
  const [sure, setSure] = useState(false);
  // By its id, so that a note that comes back because it could not be deleted says why.
  const [removeNote, { error }] = useRemoveNoteMutation({ fixedCacheKey: `remove ${note.id}` });
  const editButton = useRef<HTMLButtonElement>(null);
  const removeButton = useRef<HTMLButtonElement>(null);
  const short = note.text.length > 40 ? `${note.text.slice(0, 40)}…` : note.text;
  const item = useRef<HTMLLIElement>(null);
  const remove = () => {
    if (item.current) onRemove(item.current, short);
    void removeNote(note.id);
  };
  const keep = () => {
    flushSync(() => setSure(false));
    removeButton.current?.focus();
  };

  return (
    <li ref={item} className="rounded-xl border border-line bg-surface p-4 shadow-xs sm:p-5">
      {editing ? (
        <NoteEditor note={note} field={field} onDone={() => editButton.current?.focus()} />
      ) : (
        <>
          <p className="break-words whitespace-pre-wrap">{note.text}</p>
          <div className="mt-2 flex flex-wrap items-center justify-between gap-2">
            <When iso={note.updatedAt} />
            {sure ? (
              <div
                role="group"
                aria-label={texts.removeSure}
                className="flex flex-wrap items-center gap-2 text-sm"
              >
                <span className="max-sm:basis-full">{texts.removeSure}</span>
                <Button autoFocus look="danger" onClick={remove}>
                  {texts.removeYes}
                </Button>
                <Button look="quiet" onClick={keep}>
                  {texts.removeNo}
                </Button>
              </div>
            ) : (
              <div className="-mx-4 flex gap-1">
                <Button
                  ref={editButton}
                  look="quiet"
                  aria-label={texts.editOf(short)}
                  onClick={() => dispatch(draftTyped({ field, text: note.text }))}
                >
                  {texts.edit}
                </Button>
                <Button
                  ref={removeButton}
                  look="danger"
                  aria-label={texts.removeOf(short)}
                  onClick={() => setSure(true)}
                >
                  {texts.remove}
                </Button>
              </div>
            )}
          </div>
        </>
      )}
      <div className="mt-3 empty:hidden">
        <Failure error={hookError(error)} />
      </div>
      <NoteAttachment note={note} name={short} />
    </li>
  );
}
