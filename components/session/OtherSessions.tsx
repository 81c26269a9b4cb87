import { useEffect, useRef, useState } from 'react';
import { hookError } from '../../store/apiError.ts';
import { useSessionsQuery } from '../../store/demo/sessionsApi.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Failure } from '../ui/Failure.tsx';
import { OtherSession } from './OtherSession.tsx';
import { labelOf } from './since.ts';

/** Where else the person is logged in, as far as the server knows. */
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
        (one) =>
          one.reusedAgoMs !== undefined && (
            <Alert key={one.id}>{texts.reused(labelOf(texts, one), figures.ago(one.reusedAgoMs))}</Alert>
          ),
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
            <OtherSession key={session.id} session={session} here={own?.network} onEnd={setEnded} />
          ))}
        </ul>
      )}
    </Card>
  );
}
