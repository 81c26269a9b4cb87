import type { Episode } from './episode.ts';
import { scaleOf, ticksOf } from './scale.ts';

interface TimeAxisProps {
  readonly episode: Episode;
  readonly timeOf: (ms: number) => string;
}

/** Round moments since the episode began, as lines behind the rows. */
export function TimeAxis({ episode, timeOf }: TimeAxisProps) {
  const { percent } = scaleOf(episode);
  const { fromMs, toMs } = episode;
  return ticksOf(toMs - fromMs).map((ms) => {
    const left = percent(fromMs + ms);
    return (
      <div
        key={ms}
        className="absolute top-5 bottom-0 border-l border-line text-xs text-muted tabular-nums max-sm:even:*:hidden"
        style={{ left: `${left}%` }}
      >
        <span className={`absolute bottom-0 whitespace-nowrap ${left > 80 ? 'right-1.5' : 'left-1.5'}`}>
          {timeOf(ms)}
        </span>
      </div>
    );
  });
}
