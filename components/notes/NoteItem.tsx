import { useEffect, useLayoutEffect, useRef, useState, type Ref } from 'react';
import type { Note } from '../../contract/notes.ts';
import { hookError } from '../../store/apiError.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { selectUpload } from '../../store/demo/uploadsSlice.ts';
import { useRemoveNoteMutation } from '../../store/demo/upstreamApi.ts';
import { excerpt } from '../messages/figures.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Confirm, fetchConfirm } from '../ui/Confirm.tsx';
import { Failure } from '../ui/Failure.tsx';
import { AttachButton } from './AttachButton.tsx';
import { NoteAttachment } from './NoteAttachment.tsx';
import { NEW_NOTE_ID } from './NoteComposer.tsx';
import { NoteEditor } from './NoteEditor.tsx';
import { useNoteEdit } from './useNoteEdit.ts';
import { When } from './When.tsx';

interface NoteItemProps {
  readonly note: Note;
  /** It is about to leave the list, and the focus with it: answers the element that gets the focus. */
  readonly onRemove: (item: HTMLLIElement | null, name: string) => HTMLElement | null;
}

interface NoteTextProps {
  readonly note: Note;
  readonly isSaving: boolean;
  readonly editButton: Ref<HTMLButtonElement>;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

/** A note that is read, with the buttons that change it. */
function NoteText({ note, isSaving, editButton, onEdit, onRemove }: NoteTextProps) {
  const { notes: texts } = useMessages();
  const uploading = useAppSelector((state) => selectUpload(state, note.id)?.status === 'sending');
  const short = excerpt(note.text);
  return (
    <>
      <p className="break-words whitespace-pre-wrap">{note.text}</p>
      <NoteAttachment note={note} />
      <div className="mt-2 -mr-2.5 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        {isSaving ? (
          <span className="text-xs text-muted">{texts.saving}</span>
        ) : (
          <When iso={note.updatedAt} />
        )}
        <div className="-ml-2.5 flex flex-wrap gap-1">
          <Button
            small
            ref={editButton}
            look="quiet"
            busy={isSaving}
            aria-label={texts.editOf(short)}
            onClick={onEdit}
          >
            {texts.edit}
          </Button>
          {!uploading && <AttachButton note={note} name={short} />}
          <Button
            small
            look="danger"
            aria-label={texts.removeOf(short)}
            onPointerEnter={fetchConfirm}
            onFocus={fetchConfirm}
            onClick={onRemove}
          >
            {texts.remove}
          </Button>
        </div>
      </div>
    </>
  );
}

/** One note: read, edited, or about to be deleted. An edit on its way shows as if it had arrived. */
export function NoteItem({ note, onRemove }: NoteItemProps) {
  const { notes: texts } = useMessages();
  const { draft, isSaving, begin } = useNoteEdit(note);
  const isEditing = draft !== undefined && !isSaving;
  const [sure, setSure] = useState(false);
  // Opened here and now; an editor that opens by itself must not take the focus from where a person is.
  const [opened, setOpened] = useState(false);
  // By its id, so that a note that comes back because it could not be deleted says why.
  const [removeNote, { error }] = useRemoveNoteMutation({ fixedCacheKey: `remove ${note.id}` });
  const editButton = useRef<HTMLButtonElement>(null);
  const wantsFocusBack = useRef(false);
  useEffect(() => {
    if (isEditing || !wantsFocusBack.current) return;
    wantsFocusBack.current = false;
    editButton.current?.focus();
  }, [isEditing]);
  const item = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    const shown = item.current;
    return () => {
      // Deleted elsewhere, with the focus in it: what was typed here goes on in the new note, and so does the focus.
      if (shown?.contains(document.activeElement)) document.getElementById(NEW_NOTE_ID)?.focus();
    };
  }, []);
  const heir = useRef<HTMLElement | null>(null);
  const short = excerpt(note.text);
  const remove = () => {
    heir.current = onRemove(item.current, short);
    setSure(false);
    void removeNote(note.id);
  };

  return (
    <li ref={item} className="rounded-xl border border-line bg-surface p-4 shadow-xs sm:px-5">
      {isEditing ? (
        <NoteEditor
          note={note}
          takesFocus={opened}
          onDone={() => {
            setOpened(false);
            wantsFocusBack.current = true;
          }}
        />
      ) : (
        <NoteText
          note={note}
          isSaving={isSaving}
          editButton={editButton}
          onEdit={() => {
            setOpened(true);
            begin(note.text);
          }}
          onRemove={() => setSure(true)}
        />
      )}
      <div className="mt-3 empty:hidden">
        <Failure error={hookError(error)} />
      </div>
      {sure && (
        <Confirm
          title={texts.removeSure}
          text={short}
          yes={texts.removeYes}
          no={texts.removeNo}
          onYes={remove}
          onNo={() => setSure(false)}
          focusAfter={() => heir.current}
        />
      )}
    </li>
  );
}
