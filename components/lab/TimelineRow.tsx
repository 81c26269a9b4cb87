import type { TrafficRow } from '../../store/trafficSlice.ts';
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
  readonly onPick: () => void;
}

/** One request of the timeline, which can be picked. */
export function TimelineRow({ row, id, name, height, isPicked, scale, nowMs, onPick }: TimelineRowProps) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={isPicked}
      aria-label={name}
      className={`relative rounded-xs ${isPicked ? 'bg-accent-soft outline-2 outline-accent' : ''}`}
      style={{ height }}
      onPointerEnter={onPick}
    >
      <RequestMarks marks={row.marks} scale={scale} nowMs={nowMs} />
    </div>
  );
}
