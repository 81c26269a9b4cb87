import { useEffect, useRef, useState } from 'react';
import { hookError } from '../../store/apiError.ts';
import { useSessionsQuery } from '../../store/demo/sessionsApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Failure } from '../ui/Failure.tsx';
import { OtherSession } from './OtherSession.tsx';
import { sinceOf } from './since.ts';

/** Where the person is logged in, as far as the server knows: this device, then the others. */
export function OtherSessions() {
  const { others: texts, errors, figures } = useMessages();
  const { data, error, isFetching, refetch } = useSessionsQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  const [ended, setEnded] = useState<string | null>(null);
  const said = useRef<HTMLParagraphElement>(null);
  // The button that had the focus goes with its row.
  useEffect(() => {
    if (ended !== null) said.current?.focus();
  }, [ended]);
  const others = data?.filter(({ current }) => !current);
  const own = data?.find(({ current }) => current);

  return (
    <Card title={texts.title} className="mt-6">
      <p className="-mt-2 mb-4 text-sm text-muted">{texts.lead}</p>
      <Failure
        error={hookError(error)}
        what={texts.failed}
        action={
          <Button busy={isFetching} onClick={() => void refetch()}>
            {errors.retry}
          </Button>
        }
      />
      {data?.map(
        ({ id, device, reusedAgoMs }) =>
          reusedAgoMs !== undefined && (
            <Alert key={id}>{texts.reused(texts.device(device), figures.ago(reusedAgoMs))}</Alert>
          ),
      )}
      {own && (
        <div className="mb-3 border-b border-line pb-3">
          <p className="flex flex-wrap items-center gap-x-2 font-medium break-words">
            {texts.device(own.device)}
            <span className="rounded-full bg-accent-soft px-2 py-0.5 text-xs text-accent">
              {texts.current}
            </span>
          </p>
          <p className="text-sm text-muted">{sinceOf(texts, figures, own)}</p>
        </div>
      )}
      {ended !== null && (
        <p ref={said} tabIndex={-1} className="mb-2 text-sm">
          {texts.ended(ended)}
        </p>
      )}
      {!others && !error && (
        <p role="status" className="text-sm text-muted">
          {texts.loading}
        </p>
      )}
      {others?.length === 0 && ended === null && <p className="text-sm">{texts.none}</p>}
      {others && others.length > 0 && (
        <ul aria-label={texts.title} aria-busy={isFetching} className="divide-y divide-line">
          {others.map((session) => (
            <OtherSession key={session.id} session={session} onEnd={setEnded} />
          ))}
        </ul>
      )}
    </Card>
  );
}
