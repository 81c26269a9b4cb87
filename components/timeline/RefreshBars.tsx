import type { RefreshBar } from '../../store/trafficSlice.ts';
import type { Scale } from './scale.ts';

const LOOKS = {
  refreshed: 'text-info',
  overtaken: 'text-muted',
  failed: 'text-warn',
  ended: 'text-danger',
} as const;

/** Names closer than this, in percent of the width, would lie over each other. */
const ROOM = 24;

interface RefreshBarsProps {
  readonly bars: readonly RefreshBar[];
  readonly scale: Scale;
  readonly nowMs: number;
  readonly nameOf: (bar: RefreshBar) => string;
}

/** Each refresh as one bar with its name above, and its shade across all the rows that waited for it. */
export function RefreshBars({ bars, scale, nowMs, nameOf }: RefreshBarsProps) {
  return bars.map((bar, index) => {
    const from = scale.percent(bar.startedAtMs);
    const next = bars[index + 1];
    const hasRoom = !next || scale.percent(next.startedAtMs) - from > ROOM;
    return (
      <div
        key={bar.id}
        className={`absolute inset-y-0 ${LOOKS[bar.outcome ?? 'refreshed']}`}
        style={scale.place(bar.startedAtMs, bar.endedAtMs ?? nowMs)}
      >
        <div className="absolute inset-x-0 top-5 bottom-0 rounded-sm bg-current opacity-20 forced-color-adjust-none" />
        <div className="absolute inset-x-0 top-5 h-2 rounded-sm bg-current forced-color-adjust-none" />
        {hasRoom && (
          <span
            className={`absolute top-0 text-xs/4 font-medium whitespace-nowrap ${from > 60 ? 'right-0' : 'left-0'}`}
          >
            {nameOf(bar)}
          </span>
        )}
      </div>
    );
  });
}
