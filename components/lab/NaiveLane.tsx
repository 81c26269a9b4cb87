import type { Ref } from 'react';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { EpisodeChart } from '../timeline/EpisodeChart.tsx';
import type { Episode } from '../timeline/episode.ts';
import type { NaiveSummary } from '../timeline/naive.ts';
import { RequestMarks } from '../timeline/RequestMarks.tsx';
import { heightOf } from './TimelineDrawing.tsx';

interface NaiveLaneProps {
  /** Its requests, in the window of the lane above. */
  readonly episode: Episode;
  readonly summary: NaiveSummary;
  readonly curtain: Ref<HTMLDivElement> | undefined;
}

/** The same burst through an interceptor that refreshes on each 401. */
export function NaiveLane({ episode, summary, curtain }: NaiveLaneProps) {
  const lab = useLabMessages();
  const said = lab.naiveSummary(summary);
  return (
    <div className="mt-6 border-t border-line pt-4" data-testid="naive-lane">
      <LaneTitle name={lab.withoutReseal} said={said} isBad={summary.sessionLost} />
      <div role="img" aria-label={`${lab.withoutReseal}: ${said}`}>
        <EpisodeChart episode={episode} nameOf={() => lab.naiveBar(summary)} {...(curtain && { curtain })}>
          {(scale) => (
            <div className="space-y-px">
              {episode.rows.map(({ id, marks }) => (
                <div key={id} className="relative" style={{ height: heightOf(episode.rows.length) }}>
                  <RequestMarks marks={marks} scale={scale} nowMs={episode.toMs} />
                </div>
              ))}
            </div>
          )}
        </EpisodeChart>
      </div>
      <p className="mt-1 text-xs text-muted">{lab.naiveHint}</p>
    </div>
  );
}

interface LaneTitleProps {
  readonly name: string;
  readonly said: string;
  readonly isBad?: boolean;
}

/** What a lane shows, and how it ended. */
export function LaneTitle({ name, said, isBad = false }: LaneTitleProps) {
  return (
    <h3 className="mb-2 flex flex-wrap items-baseline gap-x-3 text-sm font-semibold">
      {name}
      <span className={`font-normal tabular-nums ${isBad ? 'text-danger' : 'text-muted'}`}>{said}</span>
    </h3>
  );
}
