import { useRef, type ChangeEvent } from 'react';
import { useAppDispatch } from '../../store/demo/hooks.ts';
import { attachFile } from '../../store/demo/uploadsSlice.ts';
import type { Note } from '../../contract/notes.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';

interface AttachButtonProps {
  readonly note: Note;
  /** The note's text, cut short: a screen reader reads it with the button. */
  readonly name: string;
}

/** Chooses a file for a note and sends it. */
export function AttachButton({ note, name }: AttachButtonProps) {
  const { notes: texts } = useMessages();
  const dispatch = useAppDispatch();
  const input = useRef<HTMLInputElement>(null);
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    event.target.value = '';
    if (file) void dispatch(attachFile({ id: note.id, file }));
  };
  return (
    <>
      <Button small look="quiet" aria-label={texts.attachTo(name)} onClick={() => input.current?.click()}>
        {note.attachment ? texts.replace : texts.attach}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        data-testid={`file-${note.id}`}
        aria-label={texts.attachTo(name)}
        onChange={choose}
      />
    </>
  );
}
