import { useRef, useState, type FormEvent } from 'react';
import { hookError, type ApiError } from '../../store/apiError.ts';
import { burstWithTab, sendBurst, type BurstOrder } from '../../store/demo/burst.ts';
import { useAppDispatch, useAppSelector } from '../../store/demo/hooks.ts';
import { useChangeLabMutation, useExpireTokenMutation, useLabQuery } from '../../store/demo/labApi.ts';
import { selectBurst, timelinePaused } from '../../store/demo/trafficSlice.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { PRESETS, type Preset } from './presets.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const MOST = 1000;
/** Opens this page, in its language, as one that takes part in the next burst; see store/labTraffic.ts. */
const openJoiningTab = () => window.open(`${location.pathname}#join`, '_blank', 'noopener');

/** What is sent, and how often. */
function BurstFields({
  count,
  onCount,
}: {
  readonly count: string;
  readonly onCount: (count: string) => void;
}) {
  const lab = useLabMessages();
  return (
    <>
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
        value={count}
        onChange={(event) => onCount(event.target.value)}
        required
      />
    </>
  );
}

interface PresetsProps {
  readonly busy: boolean;
  readonly onRun: (preset: Preset) => void;
}

/** Settings of the sample backend that tell a story, each one press. */
function Presets({ busy, onRun }: PresetsProps) {
  const lab = useLabMessages();
  return (
    <div
      role="group"
      aria-label={lab.presetsTitle}
      className="mt-2 flex flex-wrap items-center gap-2 print:hidden"
    >
      <span className="text-sm text-muted">{lab.presetsTitle}</span>
      {PRESETS.map((preset) => (
        <Button
          key={preset.name}
          small
          busy={busy}
          title={lab.presets[preset.name].hint}
          onClick={() => onRun(preset)}
        >
          {lab.presets[preset.name].name}
        </Button>
      ))}
    </div>
  );
}

/** Sends many requests at once, and says how they ended. */
export function BurstForm() {
  const lab = useLabMessages();
  const dispatch = useAppDispatch();
  const { running, summary } = useAppSelector(selectBurst);
  // Until it is known to have none: what is there must not move.
  const hasControls = hookError(useLabQuery(undefined).error)?.status !== 404;
  const [expire, expiry] = useExpireTokenMutation();
  const [change, changed] = useChangeLabMutation();
  const [count, setCount] = useState('50');
  const [refused, setRefused] = useState<ApiError | null>(null);
  const form = useRef<HTMLFormElement>(null);

  const orderOf = (): BurstOrder => {
    const typed = new FormData(form.current ?? undefined);
    return {
      path: String(typed.get('path')),
      method: String(typed.get('method')),
      count: Math.min(MOST, Math.max(1, Math.floor(Number(count)) || 1)),
      compare: hasControls && typed.get('compare') !== null,
    };
  };
  const start = async (order: BurstOrder) => {
    if (running) return;
    expiry.reset();
    setRefused(null);
    dispatch(timelinePaused(false));
    await dispatch(sendBurst(order)).unwrap().catch(setRefused);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void start({ ...orderOf(), expire: hasControls });
  };
  const run = async ({ change: wanted, withTab }: Preset) => {
    const order = orderOf();
    if (withTab) {
      openJoiningTab();
      dispatch(burstWithTab(order));
    }
    const { error } = await change(wanted);
    if (!error && !withTab) await start({ ...order, expire: true });
  };

  return (
    <Card title={lab.burst} className="print:break-inside-avoid">
      <form
        ref={form}
        onSubmit={submit}
        className="grid items-start gap-4 sm:grid-cols-[minmax(0,3fr)_minmax(0,1fr)_minmax(0,1fr)]"
      >
        <BurstFields count={count} onCount={setCount} />
        <div className="flex flex-wrap items-center gap-3 sm:col-span-3">
          <Button type="submit" look="primary" busy={running}>
            {running ? lab.sending : hasControls ? lab.expireAndSend(count || '1') : lab.send}
          </Button>
          {hasControls && (
            <>
              <Button busy={running} onClick={() => void start(orderOf())}>
                {lab.send}
              </Button>
              <Button busy={expiry.isLoading} onClick={() => void expire(undefined)}>
                {lab.expire}
              </Button>
              <label className="flex min-h-10 items-center gap-2 text-sm">
                <input type="checkbox" name="compare" defaultChecked className="size-4 accent-accent" />
                {lab.compare}
              </label>
            </>
          )}
          <p role="status" className="min-h-5 text-sm sm:basis-full">
            {summary && (
              <strong data-testid="burst-summary" className="font-semibold tabular-nums">
                {lab.summary(summary.succeeded, summary.failed, summary.refreshes)}
              </strong>
            )}
            {expiry.isSuccess && !running && <span className="text-muted"> {lab.expired}</span>}
          </p>
        </div>
      </form>
      {hasControls && <Presets busy={running || changed.isLoading} onRun={(preset) => void run(preset)} />}
      <div className="mt-4 empty:hidden">
        <Failure error={refused ?? hookError(expiry.error ?? changed.error)} />
      </div>
    </Card>
  );
}
