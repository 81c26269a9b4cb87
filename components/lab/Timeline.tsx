import { useCallback, useState, type ReactNode } from 'react';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { selectBurst, selectPaused, selectShown } from '../../store/demo/trafficSlice.ts';
import { useLabMessages } from '../messages/useLabMessages.ts';
import { newestEpisode, type Episode } from '../timeline/episode.ts';
import { naiveLane } from '../timeline/naive.ts';
import { useCurtain } from '../timeline/useCurtain.ts';
import { Card } from '../ui/Card.tsx';
import { Failures } from './Failures.tsx';
import { Legend } from './Legend.tsx';
import { LaneTitle, NaiveLane } from './NaiveLane.tsx';
import { TimelineDrawing } from './TimelineDrawing.tsx';
import { TimelineFiles } from './TimelineFiles.tsx';
import { TimelineTable } from './TimelineTable.tsx';
import { TimelineTools, type Zoom } from './TimelineTools.tsx';

/** A longer episode is replayed faster, to end by then. */
const LONGEST_REPLAY_MS = 8000;

const isUnderWay = ({ rows, bars }: Episode) =>
  rows.some(({ outcome }) => outcome === null) || bars.some(({ endedAtMs }) => endedAtMs === null);

interface Shown {
  readonly fromMs: number;
  readonly endMs: number;
  readonly isLive: boolean;
}

/** Moves the curtain with the time of what happens now, or of a replay. */
function useReplay({ fromMs, endMs, isLive }: Shown) {
  const [replayedAt, setReplayedAt] = useState<number | null>(null);
  const clock = useCallback(() => {
    if (replayedAt === null) return isLive ? performance.now() : null;
    const speed = Math.max(1, (endMs - fromMs) / LONGEST_REPLAY_MS);
    const now = fromMs + (performance.now() - replayedAt) * speed;
    return now > endMs ? null : now;
  }, [endMs, fromMs, isLive, replayedAt]);
  const stop = useCallback(() => setReplayedAt(null), []);
  const replay = useCallback(() => setReplayedAt(performance.now()), []);
  const { ref, toMs } = useCurtain({ fromMs, toMs: endMs, isLive, clock, onEnd: stop });
  return { toMs, replay, curtain: isLive || replayedAt !== null ? ref : undefined };
}

/** What the requests of this browser's tabs went through: drawn live, and as a table. */
export function Timeline() {
  const lab = useLabMessages();
  const paused = useAppSelector(selectPaused);
  const { running, summary } = useAppSelector(selectBurst);
  const shown = useAppSelector(selectShown);
  const [opened, setOpened] = useState<Episode | null>(null);
  const [zoom, setZoom] = useState<Zoom>(1);
  const episode = opened ?? newestEpisode(shown.rows, shown.refreshes, shown);
  const naive = !opened && shown.naive && episode ? naiveLane(shown.naive) : null;
  const isLive = !paused && !opened && episode !== null && isUnderWay(episode);
  const fromMs = episode?.fromMs ?? 0;
  const endMs = Math.max(episode?.toMs ?? 1, naive?.episode.toMs ?? 0);

  const { toMs, curtain, replay } = useReplay({ fromMs, endMs, isLive });
  const window = { fromMs, toMs };
  const summaryOf =
    summary && !running ? lab.summary(summary.succeeded, summary.failed, summary.refreshes) : '';
  const lanes = [
    episode && { title: `${lab.withReseal} · ${summaryOf}`, episode: { ...episode, ...window } },
    naive && {
      title: `${lab.withoutReseal} · ${lab.naiveSummary(naive.summary)}`,
      episode: { ...naive.episode, ...window },
    },
  ].filter((lane) => lane !== null);

  return (
    <Card
      title={lab.timeline}
      aside={
        <TimelineTools
          zoom={zoom}
          onZoom={setZoom}
          isOpened={opened !== null}
          onClose={() => setOpened(null)}
          onReplay={episode && !isLive ? replay : null}
        />
      }
    >
      <Legend hasOtherTab={episode?.rows.some(({ tab }) => tab !== undefined) ?? false} />
      {episode ? (
        <>
          {naive && <LaneTitle name={lab.withReseal} said={summaryOf} />}
          <Zoomed zoom={zoom}>
            <TimelineDrawing episode={{ ...episode, ...window }} curtain={curtain} />
            {naive && <NaiveLane {...naive} episode={{ ...naive.episode, ...window }} curtain={curtain} />}
          </Zoomed>
          <InWords episode={episode} />
        </>
      ) : (
        <NothingYet />
      )}
      <TimelineFiles
        episode={episode}
        lanes={lanes}
        onOpen={(file) => {
          setOpened(file);
          replay();
        }}
      />
    </Card>
  );
}

/** The drawing at its zoom; a region that scrolls must be reachable by keyboard. */
function Zoomed({ zoom, children }: { readonly zoom: Zoom; readonly children: ReactNode }) {
  const lab = useLabMessages();
  const scrolls = zoom > 1;
  return (
    <div
      className={scrolls ? 'overflow-x-auto' : ''}
      {...(scrolls && { tabIndex: 0, role: 'region', 'aria-label': lab.timeline })}
    >
      <div style={{ width: `${zoom * 100}%` }} className="pl-3">
        {children}
      </div>
    </div>
  );
}

function NothingYet() {
  const lab = useLabMessages();
  return (
    <p className="rounded-lg border border-dashed border-strong-line px-4 py-10 text-center text-sm text-muted">
      {lab.timelineEmpty}
    </p>
  );
}

/** What the drawing does not say: how many rows it left out, why requests failed, and all of it as a table. */
function InWords({ episode }: { readonly episode: Episode }) {
  const lab = useLabMessages();
  return (
    <>
      {episode.total !== undefined && (
        <p className="mt-2 text-xs text-muted" data-testid="rows-shown">
          {lab.newestOf(episode.rows.length, episode.total)}
        </p>
      )}
      <Failures rows={episode.rows} />
      <p className="mt-3 text-xs text-muted">{lab.noRow}</p>
      <details className="mt-4">
        <summary className="text-sm font-medium text-accent">{lab.asTable}</summary>
        <TimelineTable episode={episode} />
      </details>
    </>
  );
}
