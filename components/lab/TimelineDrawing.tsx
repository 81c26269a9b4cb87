import { useId, useState, type KeyboardEvent } from 'react';
import type { TrafficRow } from '../../store/trafficSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import type { Episode } from './episode.ts';
import { storyOf } from './story.ts';
import { TimelineRow } from './TimelineRow.tsx';

/** One row a request, the refresh as one bar across all of them; one stop of the tab key, arrows inside. */
export function TimelineDrawing({ episode: { rows, bars, fromMs, toMs } }: { readonly episode: Episode }) {
  const { lab, figures } = useMessages();
  const prefix = useId();
  const [pickedId, pick] = useState<number | null>(null);
  const picked = rows.findIndex(({ id }) => id === pickedId);
  const percent = (atMs: number) =>
    (100 * (Math.min(Math.max(atMs, fromMs), toMs) - fromMs)) / (toMs - fromMs);
  const place = (from: number, to: number) => ({
    left: `${percent(from)}%`,
    width: `max(2px, ${percent(to) - percent(from)}%)`,
  });
  const height = rows.length > 40 ? 6 : rows.length > 15 ? 10 : 16;
  const story = (row: TrafficRow) =>
    storyOf(row, lab.phases, (ms) => figures.ms(Math.max(0, Math.round(ms - fromMs))));
  const titleOf = ({ method, path, outcome }: TrafficRow) => `${method} ${path} · ${outcome ?? lab.running}`;

  const onKeyDown = (event: KeyboardEvent) => {
    const last = rows.length - 1;
    const aims: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(last, picked + 1),
      ArrowUp: Math.max(0, picked - 1),
      Home: 0,
      End: last,
    };
    const aim = aims[event.key];
    if (aim === undefined) return;
    event.preventDefault();
    pick(rows[aim]?.id ?? null);
  };

  const told = rows[picked];
  return (
    <>
      <p className="sr-only">{lab.drawing(rows.length, bars.length)}</p>
      <div className="relative pt-6">
        {bars.map(({ id, startedAtMs, endedAtMs, outcome }) => (
          <div
            key={id}
            className="absolute inset-y-0 rounded-md border-x border-info bg-info-soft"
            style={place(startedAtMs, endedAtMs ?? toMs)}
            aria-hidden="true"
          >
            <span className="absolute top-0.5 left-1.5 text-xs whitespace-nowrap text-info">
              {lab.refreshBar} · {outcome ? lab.refreshOutcome[outcome] : lab.running}
            </span>
          </div>
        ))}
        <div
          role="listbox"
          tabIndex={0}
          aria-label={lab.rows}
          aria-activedescendant={told ? `${prefix}-${told.id}` : undefined}
          onKeyDown={onKeyDown}
          className="relative space-y-px"
        >
          {rows.map((row) => (
            <TimelineRow
              key={row.id}
              row={row}
              id={`${prefix}-${row.id}`}
              name={`${titleOf(row)}: ${story(row)}`}
              height={height}
              isPicked={row.id === pickedId}
              toMs={toMs}
              place={place}
              onPick={() => pick(row.id)}
            />
          ))}
        </div>
        <div
          className="relative mt-1 flex justify-between text-xs text-muted tabular-nums"
          aria-hidden="true"
        >
          <span>0</span>
          <span>{figures.ms(toMs - fromMs)}</span>
        </div>
      </div>
      <p className="mt-2 min-h-10 text-xs text-muted tabular-nums" data-testid="row-details">
        {told ? (
          <>
            <strong className="font-medium text-ink">{titleOf(told)}</strong>
            <br />
            {story(told)}
          </>
        ) : (
          lab.noRow
        )}
      </p>
    </>
  );
}
