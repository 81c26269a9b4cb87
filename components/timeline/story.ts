import type { TrafficPhase, TrafficRow } from '../../store/trafficSlice.ts';
import type { Episode } from './episode.ts';

/** What happened to a request, in one line: each phase and when. */
export function storyOf(
  { marks }: TrafficRow,
  phases: Readonly<Record<TrafficPhase, string>>,
  at: (ms: number) => string,
): string {
  return marks.map(({ phase, atMs }) => `${phases[phase]} ${at(atMs)}`).join(' → ');
}

/** The episode for a file: milliseconds from its first request, nothing of bodies or headers. */
export function exportOf({ rows, bars, fromMs }: Episode) {
  const at = (ms: number) => Math.round((ms - fromMs) * 10) / 10;
  return {
    requests: rows.map(({ method, path, outcome, marks }) => ({
      method,
      path,
      outcome,
      life: marks.map(({ phase, atMs }) => ({ phase, atMs: at(atMs) })),
    })),
    refreshes: bars.map(({ startedAtMs, endedAtMs, outcome }) => ({
      startedAtMs: at(startedAtMs),
      endedAtMs: endedAtMs === null ? null : at(endedAtMs),
      outcome,
    })),
  };
}
