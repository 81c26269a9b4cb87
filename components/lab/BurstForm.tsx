import type { FormEvent } from 'react';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { useExpireTokenMutation } from '../../store/labApi.ts';
import { hookError } from '../../store/apiError.ts';
import { selectBurst, sendBurst } from '../../store/trafficSlice.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { Failure } from '../ui/Failure.tsx';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const MOST = 1000;

/** Sends many requests at once, and says how they ended. */
export function BurstForm() {
  const lab = useLabMessages();
  const dispatch = useAppDispatch();
  const { running, summary } = useAppSelector(selectBurst);
  const [expire, { isLoading, isSuccess, error, reset }] = useExpireTokenMutation();

  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (running) return;
    reset();
    const typed = new FormData(event.currentTarget);
    const count = Math.min(MOST, Math.max(1, Math.floor(Number(typed.get('count'))) || 1));
    void dispatch(sendBurst({ path: String(typed.get('path')), method: String(typed.get('method')), count }));
  };

  return (
    <Card title={lab.burst}>
      <form onSubmit={send} className="grid items-start gap-4 sm:grid-cols-[1fr_8rem_8rem]">
        <Field
          label={lab.path}
          hint={lab.pathHint}
          name="path"
          defaultValue="/notes"
          required
          spellCheck={false}
        />
        <Select label={lab.method} name="method" defaultValue="GET">
          {METHODS.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </Select>
        <Field
          label={lab.requests}
          name="count"
          type="number"
          inputMode="numeric"
          min={1}
          max={MOST}
          defaultValue={50}
          required
        />
        <div className="flex flex-wrap items-center gap-3 sm:col-span-3">
          <Button type="submit" look="primary" busy={running}>
            {running ? lab.sending : lab.send}
          </Button>
          <Button busy={isLoading} onClick={() => void expire(undefined)}>
            {lab.expire}
          </Button>
          <p role="status" className="text-sm">
            {summary && (
              <strong data-testid="burst-summary" className="font-semibold tabular-nums">
                {lab.summary(summary.succeeded, summary.failed, summary.refreshes)}
              </strong>
            )}
            {isSuccess && !running && <span className="text-muted"> {lab.expired}</span>}
          </p>
        </div>
      </form>
      <div className="mt-4 empty:hidden">
        <Failure error={hookError(error)} />
      </div>
    </Card>
  );
}
