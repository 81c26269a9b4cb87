/**
 * What can happen to a request on its way; `expired` is a 401 that asks for a refresh, `inBrowser` the wait for a
 * connection before a trip.
 */
export type TrafficPhase = 'inBrowser' | 'sent' | 'expired' | 'waiting' | 'replayed' | 'answered' | 'failed';

/** One thing that happened to one request. */
export interface TrafficMark {
  readonly id: number;
  readonly phase: TrafficPhase;
  /** Milliseconds on the page's clock. */
  readonly atMs: number;
  /** Given with `sent`. */
  readonly method?: string;
  readonly path?: string;
  /** Given with `answered` and `failed`: the status, or a code where no answer came. */
  readonly outcome?: string;
}

export interface TrafficRow {
  /** Counts up in the order of sending, within one tab. */
  readonly id: number;
  readonly method: string;
  readonly path: string;
  readonly outcome: string | null;
  readonly marks: readonly { readonly phase: TrafficPhase; readonly atMs: number }[];
  /** Which other tab sent it; missing for this one. */
  readonly tab?: number;
}

export interface RefreshBar {
  readonly id: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly outcome: 'refreshed' | 'overtaken' | 'failed' | 'ended' | null;
  readonly tab?: number;
}

/** One trip of a request over the network, as the browser timed it. */
export interface Trip {
  readonly path: string;
  readonly startedAtMs: number;
  /** When the browser had a connection for it; until then it waited in the browser. */
  readonly leftAtMs: number;
}

/** How many rows the timeline draws, and keeps of those that met no 401. */
export const MAX_ROWS = 120;
/** How many rows that met a 401 it keeps: the largest burst. */
const MAX_MET = 1000;

/** A silence this long ends an episode: drawn to scale, minutes of it would leave no room for the rest. */
export const SILENCE_MS = 3000;

export interface SeenRows {
  readonly rows: readonly TrafficRow[];
  /** How many rows of the running episode were dropped again. */
  readonly dropped: number;
  /** When the newest mark was made. */
  readonly lastAtMs: number;
}

export const NO_ROWS: SeenRows = { rows: [], dropped: 0, lastAtMs: 0 };

/** Tells whether a request met a 401 that asks for a refresh. */
export const metExpiry = ({ marks }: TrafficRow): boolean => marks.some(({ phase }) => phase === 'expired');

/** Adds marks, of this tab or another, and keeps the newest rows and those that met a 401. */
export function withMarks(seen: SeenRows, marks: readonly TrafficMark[], tab?: number): SeenRows {
  const keyOf = (id: number, from?: number) => `${from ?? ''}/${id}`;
  const byKey = new Map(seen.rows.map((row) => [keyOf(row.id, row.tab), row]));
  let { dropped, lastAtMs } = seen;
  for (const { id, phase, atMs, method = 'GET', path = '', outcome } of marks) {
    if (phase === 'sent' && atMs - lastAtMs > SILENCE_MS) dropped = 0;
    lastAtMs = Math.max(lastAtMs, atMs);
    const key = keyOf(id, tab);
    const begun = { id, method, path, outcome: null, marks: [], ...(tab !== undefined && { tab }) };
    const row = byKey.get(key) ?? (phase === 'sent' ? begun : null);
    if (row)
      byKey.set(key, { ...row, outcome: outcome ?? row.outcome, marks: [...row.marks, { phase, atMs }] });
  }
  const all = [...byKey.values()];
  const rows = keepWorthwhile(all);
  return { rows, dropped: dropped + all.length - rows.length, lastAtMs };
}

/** Drops the oldest rows that met no 401; those that did are what a burst is sent for. */
function keepWorthwhile(rows: readonly TrafficRow[]): readonly TrafficRow[] {
  if (rows.length <= MAX_ROWS) return rows;
  let plain = rows.filter((row) => !metExpiry(row)).length - MAX_ROWS;
  let met = rows.filter(metExpiry).length - MAX_MET;
  return rows.filter((row) => (metExpiry(row) ? met-- <= 0 : plain-- <= 0));
}
