import { useState } from 'react';
import { hookError } from '../../store/apiError.ts';
import { selectReason } from '../../store/authSlice.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { useNotesQuery } from '../../store/demo/upstreamApi.ts';
import { useUpstream } from '../../store/demo/upstream.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Card, PageTitle } from '../ui/Card.tsx';
import { Failure } from '../ui/Failure.tsx';
import { NEW_NOTE_ID, NoteComposer } from './NoteComposer.tsx';
import { NoteItem } from './NoteItem.tsx';
import { RemoveAll } from './RemoveAll.tsx';

/** The notes of the person: loading, failed, empty, or there. What was loaded stays while it is loaded anew. */
export function NotesBoard() {
  useUpstream();
  const { notes: texts, errors } = useMessages();
  const { data, error, isFetching, refetch } = useNotesQuery(undefined, { refetchOnMountOrArgChange: true });
  const [said, setSaid] = useState('');
  const isSignedOut = useAppSelector(selectReason) === 'logged_out_elsewhere';

  const onRemove = (item: HTMLLIElement | null, name: string) => {
    setSaid(texts.removed(name));
    const beside = item?.nextElementSibling ?? item?.previousElementSibling;
    return beside?.querySelector('button') ?? document.getElementById(NEW_NOTE_ID);
  };

  const onRemovedAll = () => {
    setSaid(texts.removedAll);
    document.getElementById(NEW_NOTE_ID)?.focus();
  };

  // A field here would take text for a person who is not known yet.
  if (isSignedOut)
    return (
      <>
        <PageTitle title={texts.title} lead={texts.lead} />
        <Card title={texts.signedOut}>
          <p className="text-muted">{texts.signedOutLead}</p>
        </Card>
      </>
    );
  return (
    <>
      <PageTitle title={texts.title} lead={texts.lead} />
      <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <NoteComposer onAdd={(name) => setSaid(texts.added(name))} />
        <div className="space-y-3">
          <Failure
            error={hookError(error)}
            what={texts.failed}
            action={
              <Button busy={isFetching} onClick={() => void refetch()}>
                {errors.retry}
              </Button>
            }
          />
          <div role="status" className="sr-only">
            {isFetching && !data ? texts.loading : said}
          </div>
          {!data && isFetching && <Skeleton />}
          {data?.length === 0 && (
            <div className="rounded-xl border border-dashed border-strong-line px-6 py-12 text-center">
              <p className="font-medium">{texts.empty}</p>
              <p className="mt-1 text-sm text-muted">{texts.emptyLead}</p>
            </div>
          )}
          {data && data.length > 0 && (
            <ul aria-label={texts.list} aria-busy={isFetching} className="space-y-3">
              {data.map((note) => (
                <NoteItem key={note.id} note={note} onRemove={onRemove} />
              ))}
            </ul>
          )}
          {data && data.length > 0 && <RemoveAll count={data.length} onRemoved={onRemovedAll} />}
        </div>
      </div>
    </>
  );
}

function Skeleton() {
  return (
    <div aria-hidden="true" className="space-y-3">
      {[0, 1, 2].map((row) => (
        <div key={row} className="animate-pulse space-y-3 rounded-xl border border-line bg-surface p-4">
          <div className="h-4 w-2/3 rounded bg-sunken" />
          <div className="h-3 w-1/4 rounded bg-sunken" />
        </div>
      ))}
    </div>
  );
}
