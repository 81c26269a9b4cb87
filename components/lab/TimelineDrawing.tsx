import { useCallback, useId, useRef, useState, type KeyboardEvent, type PointerEvent, type Ref } from 'react';
import type { RefreshBar, TrafficRow } from '../../store/demo/trafficRows.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { useMessages } from '../messages/useMessages.ts';
import { EpisodeChart } from '../timeline/EpisodeChart.tsx';
import type { Episode } from '../timeline/episode.ts';
import { TimeAxis } from '../timeline/TimeAxis.tsx';
import { storyOf } from '../timeline/story.ts';
import { TimelineRow } from './TimelineRow.tsx';

/** The height of each row in pixels: few rows are easy to point at, many fit on the screen. */
export const heightOf = (rows: number) => (rows > 60 ? 4 : rows > 30 ? 6 : rows > 15 ? 10 : 16);

interface TimelineDrawingProps {
  /** `toMs` may lie beyond its last mark: the window of a running episode. */
  readonly episode: Episode;
  readonly curtain: Ref<HTMLDivElement> | undefined;
}

/** The episode as a chart whose rows can be picked: one stop of the tab key, arrows inside. */
export function TimelineDrawing({ episode, curtain }: TimelineDrawingProps) {
  const { rows, bars, fromMs, toMs } = episode;
  const lab = useLabMessages();
  const { figures } = useMessages();
  const prefix = useId();
  const [pickedId, pick] = useState<string | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const details = useRef<HTMLParagraphElement>(null);
  const idOf = (row: TrafficRow) => `${prefix}-${row.tab ?? 0}-${row.id}`;
  const picked = rows.findIndex((row) => idOf(row) === pickedId);
  const shown = rows[picked];
  const since = (ms: number) => figures.ms(Math.max(0, Math.round(ms - fromMs)));
  const story = (row: TrafficRow) => storyOf(row, lab.phases, since);
  const titleOf = ({ method, path, outcome, tab }: TrafficRow) =>
    `${method} ${path} · ${outcome ?? lab.running}${tab === undefined ? '' : ` · ${lab.otherTab}`}`;
  const nameOf = ({ startedAtMs, endedAtMs, outcome }: RefreshBar) =>
    outcome && endedAtMs !== null
      ? `${lab.refreshBar} · ${lab.refreshOutcome[outcome]} · ${figures.ms(Math.round(endedAtMs - startedAtMs))}`
      : `${lab.refreshBar} · ${lab.running}`;

  /** Puts the details beside a point of the drawing, on the side where there is room. */
  const placeDetails = useCallback((x: number, y: number) => {
    const width = frame.current?.clientWidth ?? 0;
    const { style } = details.current ?? {};
    if (!style) return;
    const isLeft = x < width / 2;
    style.left = isLeft ? `${x + 16}px` : 'auto';
    style.right = isLeft ? 'auto' : `${width - x + 16}px`;
    style.top = `${y + 12}px`;
  }, []);
  const follow = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    if (box) placeDetails(event.clientX - box.left, event.clientY - box.top);
  };
  const pickRow = useCallback((id: string) => pick(id), []);

  const onKeyDown = (event: KeyboardEvent) => {
    const last = rows.length - 1;
    const aims: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(last, picked + 1),
      ArrowUp: Math.max(0, picked - 1),
      Home: 0,
      End: last,
    };
    if (event.key === 'Escape') return pick(null);
    const aim = rows[aims[event.key] ?? -1];
    if (!aim) return;
    event.preventDefault();
    pick(idOf(aim));
    placeDetails(0, 36 + rows.indexOf(aim) * (heightOf(rows.length) + 1));
  };

  return (
    <div ref={frame} className="relative" onPointerLeave={() => pick(null)}>
      <p className="sr-only">{lab.drawing(rows.length, bars.length)}</p>
      <EpisodeChart
        episode={episode}
        nameOf={nameOf}
        axis={<TimeAxis episode={episode} timeOf={figures.ms} />}
        {...(curtain && { curtain })}
      >
        {(scale) => (
          <div
            role="listbox"
            tabIndex={0}
            aria-label={lab.rows}
            aria-activedescendant={shown ? (pickedId ?? undefined) : undefined}
            onKeyDown={onKeyDown}
            onPointerMove={follow}
            className="space-y-px"
          >
            {rows.map((row) => (
              <TimelineRow
                key={idOf(row)}
                row={row}
                id={idOf(row)}
                name={`${titleOf(row)}: ${story(row)}`}
                height={heightOf(rows.length)}
                isPicked={row === shown}
                scale={scale}
                nowMs={toMs}
                onPick={pickRow}
              />
            ))}
          </div>
        )}
      </EpisodeChart>
      <p
        ref={details}
        data-testid="row-details"
        className={`pointer-events-none absolute z-10 w-max max-w-[min(22rem,80%)] flex-col rounded-lg border border-line bg-surface px-3 py-2 text-xs text-muted tabular-nums shadow-lg ${shown ? 'flex' : 'hidden'}`}
      >
        {shown && (
          <>
            <strong className="text-sm font-medium break-all text-ink">{titleOf(shown)}</strong>
            <span>{story(shown)}</span>
          </>
        )}
      </p>
    </div>
  );
}
