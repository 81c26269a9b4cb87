import type { RefreshBar } from '../../store/demo/trafficRows.ts';
import type { Scale } from './scale.ts';

const LOOKS = {
  refreshed: 'text-info',
  overtaken: 'text-muted',
  failed: 'text-warn',
  ended: 'text-danger',
} as const;

/** A name needs this much of the width, in percent; with less its bar stays without one. */
const ROOM = 30;

interface RefreshBarsProps {
  readonly bars: readonly RefreshBar[];
  readonly scale: Scale;
  readonly nowMs: number;
  readonly nameOf: (bar: RefreshBar) => string;
}

/** Each refresh as one bar with its name above, and its shade across all the rows that waited for it. */
export function RefreshBars({ bars, scale, nowMs, nameOf }: RefreshBarsProps) {
  const slots = slotsOf(bars, scale);
  return bars.map((bar, index) => {
    const slot = slots[index];
    return (
      <div key={`${bar.tab ?? ''}/${bar.id}`} className={LOOKS[bar.outcome ?? 'refreshed']}>
        <div className="absolute inset-y-0" style={scale.place(bar.startedAtMs, bar.endedAtMs ?? nowMs)}>
          <div className="absolute inset-x-0 top-5 bottom-0 rounded-sm bg-current opacity-20 forced-color-adjust-none" />
          <div className="absolute inset-x-0 top-5 h-2 rounded-sm bg-current forced-color-adjust-none" />
        </div>
        {slot && (
          <span
            className={`absolute top-0 truncate text-xs/4 font-medium ${slot.isAtEnd ? 'text-right' : ''}`}
            style={{ left: `${slot.from}%`, width: `${slot.to - slot.from}%` }}
          >
            {nameOf(bar)}
          </span>
        )}
      </div>
    );
  });
}

/** Where each name may stand, in percent; names never lie over each other, the newest has the first claim. */
function slotsOf(bars: readonly RefreshBar[], scale: Scale) {
  let limit = 100;
  return bars
    .toReversed()
    .map(({ startedAtMs }) => {
      const from = scale.percent(startedAtMs);
      if (limit - from >= ROOM) {
        const slot = { from, to: limit, isAtEnd: false };
        limit = from;
        return slot;
      }
      // Too far right for its name: the name ends where the room ends.
      if (limit < 100 || limit < ROOM) return null;
      const slot = { from: 100 - 2 * ROOM, to: 100, isAtEnd: true };
      limit = slot.from;
      return slot;
    })
    .toReversed();
}
