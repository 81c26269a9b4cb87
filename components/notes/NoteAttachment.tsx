import { useRef, useState, type ChangeEvent } from 'react';
import type { Note } from '../../contract/notes.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { attachFile, selectUpload, uploadForgotten } from '../../store/uploadsSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { UploadState } from './UploadState.tsx';

interface NoteAttachmentProps {
  readonly note: Note;
  /** The note's text, cut short, for whoever hears the button and does not see where it stands. */
  readonly name: string;
}

/** The file of a note: download it, choose one, watch it go up, cancel, try again. */
export function NoteAttachment({ note, name }: NoteAttachmentProps) {
  const { notes: texts, figures } = useMessages();
  const dispatch = useAppDispatch();
  const upload = useAppSelector((state) => selectUpload(state, note.id));
  const input = useRef<HTMLInputElement>(null);
  const running = useRef<{ abort(): void } | null>(null);
  // Files are no data that a store may hold; this is the one to send again.
  const [file, setFile] = useState<File | null>(null);

  const send = (chosen: File) => {
    running.current = dispatch(attachFile({ id: note.id, file: chosen }));
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.target.files ?? [];
    event.target.value = '';
    if (!chosen) return;
    setFile(chosen);
    send(chosen);
  };

  return (
    <div className="mt-3 border-t border-line pt-3 text-sm">
      <div className="flex flex-wrap items-center justify-between gap-2">
        {note.attachment ? (
          <a
            href={`/api/upstream/notes/${encodeURIComponent(note.id)}/attachment`}
            download={note.attachment.name}
            className="min-w-0 truncate text-accent underline underline-offset-4"
          >
            {note.attachment.name}{' '}
            <span className="text-muted">({figures.size(note.attachment.sizeBytes)})</span>
          </a>
        ) : (
          <span />
        )}
        {upload?.status !== 'sending' && (
          <Button
            look="quiet"
            className="-mr-2"
            aria-label={texts.attachTo(name)}
            onClick={() => input.current?.click()}
          >
            {note.attachment ? texts.replace : texts.attach}
          </Button>
        )}
        <input
          ref={input}
          type="file"
          hidden
          data-testid={`file-${note.id}`}
          aria-label={texts.attachTo(name)}
          onChange={choose}
        />
      </div>
      {upload && (
        <UploadState
          upload={upload}
          onCancel={() => running.current?.abort()}
          onRetry={file ? () => send(file) : null}
          onDismiss={() => dispatch(uploadForgotten(note.id))}
        />
      )}
    </div>
  );
}
