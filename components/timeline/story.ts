import type { RefreshBar, TrafficPhase, TrafficRow } from '../../store/demo/trafficRows.ts';
import type { Episode } from './episode.ts';

/** What happened to a request, in one line: each phase and when. */
export function storyOf(
  { marks }: TrafficRow,
  phases: Readonly<Record<TrafficPhase, string>>,
  at: (ms: number) => string,
): string {
  return marks.map(({ phase, atMs }) => `${phases[phase]} ${at(atMs)}`).join(' → ');
}

/** How many requests failed, by outcome. */
export function failuresOf(
  rows: readonly TrafficRow[],
): readonly (readonly [outcome: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { marks, outcome } of rows)
    if (marks.at(-1)?.phase === 'failed') counts.set(outcome ?? '', (counts.get(outcome ?? '') ?? 0) + 1);
  return [...counts];
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

const PHASES: readonly TrafficPhase[] = [
  'inBrowser',
  'sent',
  'expired',
  'waiting',
  'replayed',
  'answered',
  'failed',
];
const OUTCOMES: readonly RefreshBar['outcome'][] = ['refreshed', 'overtaken', 'failed', 'ended', null];
const MOST_ROWS = 1000;

type Loose = Readonly<Record<string, unknown>>;
const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1e9;

/** Reads an exported file; `null` where it is none. Files come from other people, so nothing in it is trusted. */
export function importOf(text: string): Episode | null {
  try {
    const { requests, refreshes } = JSON.parse(text) as { requests: Loose[]; refreshes: Loose[] };
    const rows = requests.slice(0, MOST_ROWS).map((request, id): TrafficRow => {
      const marks = (request['life'] as Loose[]).slice(0, 20).map(({ phase, atMs }) => ({
        phase: oneOf(PHASES, phase),
        atMs: isTime(atMs) ? atMs : NaN,
      }));
      const { method, path, outcome } = request;
      return {
        id,
        method: String(method),
        path: String(path),
        outcome: outcome ? String(outcome) : null,
        marks,
      };
    });
    const bars = refreshes.slice(0, 40).map(({ startedAtMs, endedAtMs, outcome }, id): RefreshBar => ({
      id,
      startedAtMs: isTime(startedAtMs) ? startedAtMs : NaN,
      endedAtMs: isTime(endedAtMs) ? endedAtMs : null,
      outcome: oneOf(OUTCOMES, outcome === 'renewed' ? 'refreshed' : outcome),
    }));
    const times = [...rows.flatMap(({ marks }) => marks), ...bars.map((bar) => ({ atMs: bar.startedAtMs }))];
    if (rows.length === 0 || times.some(({ atMs }) => Number.isNaN(atMs))) return null;
    const ends = [...times.map(({ atMs }) => atMs), ...bars.map(({ endedAtMs }) => endedAtMs ?? 0)];
    return { rows, bars, fromMs: 0, toMs: Math.max(100, ...ends) };
  } catch {
    return null;
  }
}

/** @throws {TypeError} for a value that is not on the list */
function oneOf<T>(list: readonly T[], value: unknown): T {
  const index = (list as readonly unknown[]).indexOf(value);
  if (index < 0) throw new TypeError('not an exported timeline');
  return list[index] as T;
}
