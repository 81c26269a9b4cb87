import {
  MAX_ROWS,
  metExpiry,
  SILENCE_MS,
  type RefreshBar,
  type TrafficRow,
  type Trip,
} from '../../store/demo/trafficRows.ts';

/** A stretch of traffic without a long silence in it, and its place in time. */
export interface Episode {
  readonly rows: readonly TrafficRow[];
  readonly bars: readonly RefreshBar[];
  readonly fromMs: number;
  readonly toMs: number;
  /** How many requests it had, where not all of them are in `rows`. */
  readonly total?: number;
}

/** What is known of the recorded traffic besides its rows and refreshes. */
interface Besides {
  readonly trips?: readonly Trip[];
  /** How many rows of the episode are not there any more. */
  readonly dropped?: number;
  /** When the newest burst began: nothing earlier belongs to its episode. */
  readonly burstAtMs?: number;
}

/** Nothing is drawn finer than this, so that a lone quick request does not fill the full width. */
const SHORTEST_MS = 100;
/** A burst of two tabs begins in one of them this much earlier, at most. */
const OTHER_TAB_MS = 50;
/** A shorter wait for a connection is measurement noise. */
const SHORTEST_WAIT_MS = 2;

const endOf = ({ marks }: TrafficRow) => marks.at(-1)?.atMs ?? 0;
const startOf = ({ marks }: TrafficRow) => marks[0]?.atMs ?? 0;

/** Cuts the newest episode out of all that was recorded. */
export function newestEpisode(
  rows: readonly TrafficRow[],
  refreshes: readonly RefreshBar[],
  { trips = [], dropped = 0, burstAtMs = -Infinity }: Besides = {},
): Episode | null {
  const inOrder = rows.toSorted((a, b) => startOf(a) - startOf(b));
  const [first] = inOrder;
  if (!first) return null;
  let from = startOf(first);
  let until = from;
  for (const row of inOrder) {
    const isFirstOfBurst = startOf(row) >= burstAtMs - OTHER_TAB_MS && from < burstAtMs - OTHER_TAB_MS;
    if (isFirstOfBurst || startOf(row) - until > SILENCE_MS) from = startOf(row);
    until = Math.max(until, endOf(row));
  }
  const all = inOrder.filter((row) => startOf(row) >= from);
  const bars = refreshes.filter(
    ({ startedAtMs, endedAtMs }) => (endedAtMs ?? until) >= from && startedAtMs <= until,
  );
  const total = all.length + dropped;
  const shown = withConnections(all, trips);
  return {
    rows: newest(shown),
    bars,
    fromMs: from,
    toMs: Math.max(until, from + SHORTEST_MS, ...bars.map(({ endedAtMs }) => endedAtMs ?? until)),
    ...(total > MAX_ROWS && { total }),
  };
}

/** The newest rows that fit into the drawing, those that met a 401 before all others. */
function newest(rows: readonly TrafficRow[]): readonly TrafficRow[] {
  if (rows.length <= MAX_ROWS) return rows;
  const met = rows.filter(metExpiry).slice(-MAX_ROWS);
  const room = MAX_ROWS - met.length;
  const plain = room > 0 ? rows.filter((row) => !metExpiry(row)).slice(-room) : [];
  const kept = new Set([...met, ...plain]);
  return rows.filter((row) => kept.has(row));
}

/**
 * Puts each wait for a connection in front of its trip. The browser times trips by address alone: the trips of one
 * address match its departures in their order.
 */
function withConnections(rows: readonly TrafficRow[], trips: readonly Trip[]): readonly TrafficRow[] {
  if (trips.length === 0) return rows;
  const byPath = Map.groupBy(
    trips.toSorted((a, b) => a.startedAtMs - b.startedAtMs),
    ({ path }) => path,
  );
  const departures = rows
    .filter(({ tab }) => tab === undefined)
    .flatMap((row) => departuresOf(row).map((index) => ({ row, index, atMs: row.marks[index]?.atMs ?? 0 })))
    .sort((a, b) => a.atMs - b.atMs);
  const leftAt = new Map<TrafficRow, Map<number, number>>();
  for (const { row, index, atMs } of departures) {
    const queue = byPath.get(row.path) ?? [];
    // A trip of an earlier departure, whose row is gone.
    while (queue[0] && queue[0].startedAtMs < atMs - 1) queue.shift();
    const trip = queue.shift();
    if (!trip) continue;
    const waits = leftAt.get(row) ?? new Map<number, number>();
    leftAt.set(row, waits.set(index, trip.leftAtMs));
  }
  return rows.map((row) => {
    const waits = leftAt.get(row);
    if (!waits) return row;
    const marks = row.marks.flatMap((mark, index) => {
      const left = Math.min(waits.get(index) ?? 0, row.marks[index + 1]?.atMs ?? Infinity);
      if (left - mark.atMs < SHORTEST_WAIT_MS) return [mark];
      return [
        { phase: 'inBrowser' as const, atMs: mark.atMs },
        { ...mark, atMs: left },
      ];
    });
    return { ...row, marks };
  });
}

/** Where a row's marks say that it was handed to the browser: not where it is held before its first trip. */
const departuresOf = ({ marks }: TrafficRow): readonly number[] =>
  marks.flatMap(({ phase }, index) =>
    phase === 'replayed' || (phase === 'sent' && marks[index + 1]?.phase !== 'waiting') ? [index] : [],
  );
