import type { ReactNode } from 'react';
import type { RefreshBar } from '../../store/trafficSlice.ts';
import type { Episode } from './episode.ts';
import { RefreshBars } from './RefreshBars.tsx';
import { scaleOf, ticksOf, type Scale } from './scale.ts';

interface EpisodeChartProps {
  readonly episode: Omit<Episode, 'rows'>;
  readonly nameOf: (bar: RefreshBar) => string;
  /** Writes a moment of the axis; without it there is none. */
  readonly timeOf?: (ms: number) => string;
  /** The rows, from top to bottom. */
  readonly children: (scale: Scale) => ReactNode;
}

/** Requests as rows over time, and each refresh as one bar across all of them. */
export function EpisodeChart({ episode, nameOf, timeOf, children }: EpisodeChartProps) {
  const scale = scaleOf(episode);
  const { bars, fromMs, toMs } = episode;
  return (
    // The last answer ends at the right edge: its mark needs the half of its width beyond.
    <div className="pr-1">
      <div className="relative">
        <div aria-hidden="true">
          {timeOf &&
            ticksOf(toMs - fromMs).map((ms) => (
              <div
                key={ms}
                className="absolute top-5 bottom-0 border-l border-line text-xs text-muted tabular-nums"
                style={{ left: `${scale.percent(fromMs + ms)}%` }}
              >
                <span
                  className={`absolute bottom-0 whitespace-nowrap ${scale.percent(fromMs + ms) > 80 ? 'right-1.5' : 'left-1.5'}`}
                >
                  {timeOf(ms)}
                </span>
              </div>
            ))}
          <div className={`absolute inset-x-0 top-0 ${timeOf ? 'bottom-6' : 'bottom-0'}`}>
            <RefreshBars bars={bars} scale={scale} nowMs={toMs} nameOf={nameOf} />
          </div>
        </div>
        <div className={`relative pt-9 ${timeOf ? 'pb-8' : 'pb-2'}`}>{children(scale)}</div>
      </div>
    </div>
  );
}
