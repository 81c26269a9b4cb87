import type { NaiveEpisode } from '../../store/demo/burst.ts';
import { MAX_ROWS, type TrafficRow } from '../../store/demo/trafficRows.ts';
import type { Episode } from './episode.ts';

/** How a burst without Reseal ended. */
export interface NaiveSummary {
  readonly succeeded: number;
  readonly failed: number;
  readonly refreshes: number;
  readonly sessionLost: boolean;
}

/** The other lane on the clock of the page. Its refreshes, one for each 401, are drawn as one bar. */
export function naiveLane(run: NaiveEpisode): { readonly episode: Episode; readonly summary: NaiveSummary } {
  const { startedAtMs, requests, refreshes, sessionLost } = run;
  const rows: TrafficRow[] = requests.map(({ marks, ...rest }, id) => ({
    id,
    ...rest,
    marks: marks.map(({ phase, atMs }) => ({ phase, atMs: startedAtMs + atMs })),
  }));
  const first = Math.min(...refreshes.map((refresh) => refresh.startedAtMs));
  const last = Math.max(...refreshes.map((refresh) => refresh.endedAtMs));
  const succeeded = rows.filter(({ marks }) => marks.at(-1)?.phase === 'answered').length;
  return {
    episode: {
      rows: rows.slice(0, MAX_ROWS),
      bars:
        refreshes.length === 0
          ? []
          : [
              {
                id: 0,
                startedAtMs: startedAtMs + first,
                endedAtMs: startedAtMs + last,
                outcome: sessionLost ? 'ended' : 'refreshed',
              },
            ],
      fromMs: startedAtMs,
      toMs: Math.max(startedAtMs, ...rows.map(({ marks }) => marks.at(-1)?.atMs ?? 0)),
      ...(rows.length > MAX_ROWS && { total: rows.length }),
    },
    summary: { succeeded, failed: rows.length - succeeded, refreshes: refreshes.length, sessionLost },
  };
}
