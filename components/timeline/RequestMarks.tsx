import type { TrafficPhase, TrafficRow } from '../../store/demo/trafficRows.ts';
import type { Scale } from './scale.ts';

const STRETCHES: Partial<Record<TrafficPhase, string>> = {
  inBrowser: 'inset-y-[44%] bg-phase-sent',
  sent: 'inset-y-0 bg-phase-sent',
  expired: 'inset-y-[38%] bg-phase-waiting',
  waiting: 'inset-y-[38%] bg-phase-waiting',
  replayed: 'inset-y-0 bg-phase-replayed',
};

const MOMENTS: Partial<Record<TrafficPhase, string>> = {
  expired: '-inset-y-px w-1 rounded-xs bg-phase-expired',
  answered: 'inset-y-0 w-1.5 rounded-xs bg-phase-answered',
  failed: '-inset-y-px w-2.5 bg-phase-failed [clip-path:polygon(50%_0,100%_50%,50%_100%,0_50%)]',
};

interface RequestMarksProps {
  readonly marks: TrafficRow['marks'];
  readonly scale: Scale;
  /** Where a request that is still under way ends for now. */
  readonly nowMs: number;
}

/**
 * One request: where it was on its way, a red stroke for its 401, a green end for its answer, a dark diamond where it
 * failed. It keeps its colours in forced-colours mode: they are its meaning.
 */
export function RequestMarks({ marks, scale, nowMs }: RequestMarksProps) {
  return (
    <>
      {marks.map(({ phase, atMs }, index) => {
        const stretch = STRETCHES[phase];
        if (!stretch) return null;
        return (
          <span
            key={index}
            className={`absolute rounded-xs forced-color-adjust-none ${stretch}`}
            style={scale.place(atMs, marks[index + 1]?.atMs ?? nowMs)}
          />
        );
      })}
      {marks.map(({ phase, atMs }, index) => {
        const moment = MOMENTS[phase];
        if (!moment) return null;
        return (
          <span
            key={index}
            className={`absolute -translate-x-1/2 forced-color-adjust-none ${moment}`}
            style={{ left: `${scale.percent(atMs)}%` }}
          />
        );
      })}
    </>
  );
}
