import type { RefreshBar, TrafficRow } from '../../store/trafficSlice.ts';

/** A stretch of traffic without a long silence in it, and its place in time. */
export interface Episode {
  readonly rows: readonly TrafficRow[];
  readonly bars: readonly RefreshBar[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Silence that ends an episode: drawn to scale, minutes of it would leave no room for the rest. */
const SILENCE_MS = 3000;
/** Nothing is drawn finer than this, so that a lone quick request is not blown up to the full width. */
const SHORTEST_MS = 100;

const endOf = ({ marks }: TrafficRow) => marks.at(-1)?.atMs ?? 0;
const startOf = ({ marks }: TrafficRow) => marks[0]?.atMs ?? 0;

/** Cuts the newest episode out of all that was seen. */
export function newestEpisode(rows: readonly TrafficRow[], bars: readonly RefreshBar[]): Episode | null {
  const [first] = rows;
  if (!first) return null;
  let from = startOf(first);
  let until = from;
  for (const row of rows) {
    if (startOf(row) - until > SILENCE_MS) from = startOf(row);
    until = Math.max(until, endOf(row));
  }
  const shown = rows.filter((row) => startOf(row) >= from);
  const across = bars.filter(
    ({ startedAtMs, endedAtMs }) => (endedAtMs ?? until) >= from && startedAtMs <= until,
  );
  return {
    rows: shown,
    bars: across,
    fromMs: from,
    toMs: Math.max(until, from + SHORTEST_MS, ...across.map(({ endedAtMs }) => endedAtMs ?? until)),
  };
}
