import type { MouseEvent } from 'react';
import type { Note } from '../../contract/notes.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { refreshFirst } from '../../store/refreshFirst.ts';
import { selectUpload } from '../../store/demo/uploadsSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import { UploadState } from './UploadState.tsx';

/** The file of a note, to be downloaded, and the one on its way there. */
export function NoteAttachment({ note: { id, attachment } }: { readonly note: Note }) {
  const { figures } = useMessages();
  const upload = useAppSelector((state) => selectUpload(state, id));
  const dispatch = useAppDispatch();
  /** A download over a dead token is cancelled without a word, so a click refreshes first and then clicks again. */
  const download = (event: MouseEvent<HTMLAnchorElement>) => {
    if (!event.isTrusted) return;
    event.preventDefault();
    const link = event.currentTarget;
    void dispatch(refreshFirst()).then(() => link.click());
  };
  return (
    <>
      {attachment && (
        <a
          href={`/api/upstream/notes/${encodeURIComponent(id)}/attachment`}
          download={attachment.name}
          onClick={download}
          className="mt-3 inline-flex max-w-full items-center gap-2 rounded-lg border border-line px-3 py-1.5 text-sm transition-colors hover:bg-sunken"
        >
          <Clip />
          <span className="truncate text-accent underline underline-offset-4">{attachment.name}</span>{' '}
          <span className="text-xs whitespace-nowrap text-muted">{figures.size(attachment.sizeBytes)}</span>
        </a>
      )}
      {upload && <UploadState id={id} upload={upload} />}
    </>
  );
}

function Clip() {
  return (
    <svg viewBox="0 0 16 16" className="size-4 shrink-0 text-muted" aria-hidden="true">
      <path
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        d="M13.500 7.500 8.300 12.700a3.200 3.200 0 0 1-4.600-4.600l5.400-5.400a2.100 2.100 0 0 1 3 3l-5.300 5.300a1 1 0 0 1-1.500-1.500l4.800-4.800"
      />
    </svg>
  );
}
