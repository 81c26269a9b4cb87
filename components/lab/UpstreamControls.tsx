import { useState, type FormEvent } from 'react';
import { hookError } from '../../store/apiError.ts';
import { useChangeLabMutation, useLabQuery, useResetLabMutation } from '../../store/demo/labApi.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Failure } from '../ui/Failure.tsx';
import { ControlFields } from './ControlFields.tsx';
import { readChange } from './labChange.ts';

const COUNTED = [
  'refreshCalls',
  'refreshesGranted',
  'reuseDetections',
  'apiCalls',
  'apiUnauthorized',
] as const;

/** The embedded upstream's settings, faults and counts; another upstream has none, and that is said. */
export function UpstreamControls() {
  const lab = useLabMessages();
  const { errors, figures } = useMessages();
  const { data, error, isFetching, refetch } = useLabQuery(undefined, { refetchOnMountOrArgChange: true });
  const [change, changed] = useChangeLabMutation();
  const [reset, wasReset] = useResetLabMutation();
  const [said, setSaid] = useState('');

  if (hookError(error)?.status === 404)
    return (
      <Card title={lab.controls}>
        <p className="text-muted">{lab.controlsNone}</p>
      </Card>
    );

  const apply = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSaid('');
    const result = await change(readChange(new FormData(event.currentTarget)));
    if (!result.error) setSaid(lab.saved);
  };
  const behave = async () => {
    setSaid('');
    const result = await reset(undefined);
    if (!result.error) setSaid(lab.wasReset);
  };

  return (
    <Card
      title={lab.controls}
      aside={
        <Button small busy={wasReset.isLoading} onClick={() => void behave()}>
          {lab.reset}
        </Button>
      }
    >
      <p className="-mt-2 mb-4 text-sm text-muted">{lab.controlsLead}</p>
      <Failure
        error={hookError(error)}
        action={<Button onClick={() => void refetch()}>{errors.retry}</Button>}
      />
      {data && (
        <>
          {/* The key fills the fields anew when the upstream's own values have changed. */}
          <form key={JSON.stringify([data.settings, data.faults])} onSubmit={(event) => void apply(event)}>
            <ControlFields state={data} />
            <div className="mt-4 flex flex-wrap items-center gap-3">
              <Button type="submit" look="primary" busy={changed.isLoading}>
                {lab.apply}
              </Button>
              <p role="status" className="text-sm text-muted">
                {said}
              </p>
            </div>
          </form>
          <Failure error={hookError(changed.error ?? wasReset.error)} />
          <div className="mt-6 flex items-center justify-between gap-3">
            <h3 className="text-sm font-medium">{lab.stats}</h3>
            <Button small busy={isFetching} onClick={() => void refetch()}>
              {lab.countAgain}
            </Button>
          </div>
          <dl className="mt-2 grid grid-cols-2 gap-3 max-sm:*:first:col-span-2 sm:grid-cols-5">
            {COUNTED.map((key) => (
              <div key={key} className="rounded-lg bg-sunken px-3 py-2">
                <dt className="text-xs text-muted">{lab.counters[key]}</dt>
                <dd className="text-lg font-semibold tabular-nums">{figures.count(data.stats[key] ?? 0)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}
