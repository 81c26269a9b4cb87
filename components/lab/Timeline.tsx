import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import {
  selectBars,
  selectPaused,
  selectRows,
  timelineCleared,
  timelinePaused,
} from '../../store/trafficSlice.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { newestEpisode } from '../timeline/episode.ts';
import { ExportButton } from './ExportButton.tsx';
import { TimelineDrawing } from './TimelineDrawing.tsx';
import { TimelineTable } from './TimelineTable.tsx';

const LEGEND = [
  ['sent', 'bg-phase-sent'],
  ['expired', 'bg-phase-expired'],
  ['waiting', 'bg-phase-waiting'],
  ['replayed', 'bg-phase-replayed'],
  ['answered', 'bg-phase-answered'],
] as const;

/** What this tab's requests went through: drawn, and as a table. */
export function Timeline() {
  const lab = useLabMessages();
  const dispatch = useAppDispatch();
  const paused = useAppSelector(selectPaused);
  const episode = newestEpisode(useAppSelector(selectRows), useAppSelector(selectBars));

  return (
    <Card
      title={lab.timeline}
      aside={
        <div className="flex flex-wrap gap-2">
          <Button small aria-pressed={paused} onClick={() => dispatch(timelinePaused(!paused))}>
            {paused ? lab.resume : lab.pause}
          </Button>
          <Button small onClick={() => dispatch(timelineCleared())}>
            {lab.clear}
          </Button>
          {episode && <ExportButton episode={episode} />}
        </div>
      }
    >
      <div data-testid="legend" className="mb-4 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {LEGEND.map(([phase, colour]) => (
          <span key={phase} className="flex items-center gap-1.5">
            <span className={`size-2.5 rounded-sm forced-color-adjust-none ${colour}`} aria-hidden="true" />
            {lab.phases[phase]}
          </span>
        ))}
        <span className="flex items-center gap-1.5">
          <span className="h-2 w-4 rounded-sm bg-info forced-color-adjust-none" aria-hidden="true" />
          {lab.refreshBar}
        </span>
      </div>
      {episode ? (
        <>
          <TimelineDrawing episode={episode} />
          <details className="mt-4">
            <summary className="text-sm font-medium text-accent">{lab.asTable}</summary>
            <TimelineTable episode={episode} />
          </details>
        </>
      ) : (
        <p className="rounded-lg border border-dashed border-strong-line px-4 py-10 text-center text-sm text-muted">
          {lab.timelineEmpty}
        </p>
      )}
    </Card>
  );
}
