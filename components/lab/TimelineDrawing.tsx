import { useId, useState, type KeyboardEvent } from 'react';
import type { RefreshBar, TrafficRow } from '../../store/trafficSlice.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { useMessages } from '../messages/useMessages.ts';
import { EpisodeChart } from '../timeline/EpisodeChart.tsx';
import type { Episode } from '../timeline/episode.ts';
import { TimeAxis } from '../timeline/TimeAxis.tsx';
import { storyOf } from '../timeline/story.ts';
import { TimelineRow } from './TimelineRow.tsx';

const heightOf = (rows: number) => (rows > 60 ? 4 : rows > 30 ? 6 : rows > 15 ? 10 : 16);

/** The episode as a chart whose rows can be picked: one stop of the tab key, arrows inside. */
export function TimelineDrawing({ episode }: { readonly episode: Episode }) {
  const { rows, bars, fromMs, toMs } = episode;
  const lab = useLabMessages();
  const { figures } = useMessages();
  const prefix = useId();
  const [pickedId, pick] = useState<number | null>(null);
  const picked = rows.findIndex(({ id }) => id === pickedId);
  const told = rows[picked];
  const since = (ms: number) => figures.ms(Math.max(0, Math.round(ms - fromMs)));
  const story = (row: TrafficRow) => storyOf(row, lab.phases, since);
  const titleOf = ({ method, path, outcome }: TrafficRow) => `${method} ${path} · ${outcome ?? lab.running}`;
  const nameOf = ({ startedAtMs, endedAtMs, outcome }: RefreshBar) =>
    outcome && endedAtMs !== null
      ? `${lab.refreshBar} · ${lab.refreshOutcome[outcome]} · ${figures.ms(Math.round(endedAtMs - startedAtMs))}`
      : `${lab.refreshBar} · ${lab.running}`;

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

  return (
    <>
      <p className="sr-only">{lab.drawing(rows.length, bars.length)}</p>
      <EpisodeChart
        episode={episode}
        nameOf={nameOf}
        axis={<TimeAxis episode={episode} timeOf={figures.ms} />}
      >
        {(scale) => (
          <div
            role="listbox"
            tabIndex={0}
            aria-label={lab.rows}
            aria-activedescendant={told ? `${prefix}-${told.id}` : undefined}
            onKeyDown={onKeyDown}
            className="space-y-px"
          >
            {rows.map((row) => (
              <TimelineRow
                key={row.id}
                row={row}
                id={`${prefix}-${row.id}`}
                name={`${titleOf(row)}: ${story(row)}`}
                height={heightOf(rows.length)}
                isPicked={row.id === pickedId}
                scale={scale}
                nowMs={toMs}
                onPick={() => pick(row.id)}
              />
            ))}
          </div>
        )}
      </EpisodeChart>
      <p
        className="mt-3 flex min-h-15 flex-col justify-center rounded-lg bg-sunken px-3 py-2 text-xs text-muted tabular-nums"
        data-testid="row-details"
      >
        {told ? (
          <>
            <strong className="text-sm font-medium text-ink">{titleOf(told)}</strong>
            <span>{story(told)}</span>
          </>
        ) : (
          lab.noRow
        )}
      </p>
    </>
  );
}
