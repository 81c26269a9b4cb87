import { useMemo, type ReactNode, type Ref } from 'react';
import type { RefreshBar } from '../../store/demo/trafficRows.ts';
import type { Episode } from './episode.ts';
import { RefreshBars } from './RefreshBars.tsx';
import { scaleOf, type Scale } from './scale.ts';

interface EpisodeChartProps {
  readonly episode: Omit<Episode, 'rows'>;
  readonly nameOf: (bar: RefreshBar) => string;
  readonly axis?: ReactNode;
  /** Covers what is still to come; its left edge is the line of now. */
  readonly curtain?: Ref<HTMLDivElement>;
  /** The rows, from top to bottom. */
  readonly children: (scale: Scale) => ReactNode;
}

/** Requests as rows over time, and each refresh as one bar across all of them. */
export function EpisodeChart({ episode, nameOf, axis, curtain, children }: EpisodeChartProps) {
  const { fromMs, toMs } = episode;
  const scale = useMemo(() => scaleOf({ fromMs, toMs }), [fromMs, toMs]);
  return (
    // The last answer ends at the right edge: its mark needs the half of its width beyond.
    <div className="pr-1">
      <div className="relative">
        <div aria-hidden="true">
          {axis}
          <div className={`absolute inset-x-0 top-0 ${axis ? 'bottom-6' : 'bottom-0'}`}>
            <RefreshBars bars={episode.bars} scale={scale} nowMs={toMs} nameOf={nameOf} />
          </div>
        </div>
        <div className={`relative pt-9 ${axis ? 'pb-8' : 'pb-2'}`}>{children(scale)}</div>
        {curtain && (
          <div
            ref={curtain}
            aria-hidden="true"
            data-testid="now-line"
            className="pointer-events-none absolute inset-y-0 -right-1 border-l-2 border-accent bg-surface"
            style={{ left: '100%' }}
          />
        )}
      </div>
    </div>
  );
}
