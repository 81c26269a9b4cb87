import { memo } from 'react';
import type { TrafficRow } from '../../store/demo/trafficRows.ts';
import { RequestMarks } from '../timeline/RequestMarks.tsx';
import type { Scale } from '../timeline/scale.ts';

interface TimelineRowProps {
  readonly row: TrafficRow;
  readonly id: string;
  /** Its story, for screen readers. */
  readonly name: string;
  readonly height: number;
  readonly isPicked: boolean;
  readonly scale: Scale;
  readonly nowMs: number;
  readonly onPick: (id: string) => void;
}

/** One request of the timeline, which can be picked. */
export const TimelineRow = memo(function TimelineRow(props: TimelineRowProps) {
  const { row, id, name, height, isPicked, scale, nowMs, onPick } = props;
  return (
    <div
      id={id}
      role="option"
      aria-selected={isPicked}
      aria-label={name}
      className={`relative rounded-xs ${isPicked ? 'bg-accent-soft outline-2 outline-accent' : ''}`}
      style={{ height }}
      onPointerEnter={() => onPick(id)}
    >
      {row.tab !== undefined && (
        <span
          aria-hidden="true"
          className="absolute inset-y-0 -left-2.5 my-auto size-1.5 rounded-full bg-ink forced-color-adjust-none"
        />
      )}
      <RequestMarks marks={row.marks} scale={scale} nowMs={nowMs} />
    </div>
  );
});
