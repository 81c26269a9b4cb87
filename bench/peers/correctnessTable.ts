import { table } from '../lib/report.ts';
import type { Played } from './correctness.ts';
import { LIVES_ROWS } from './lives.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/** A row of the table. */
type Race = Pick<Scenario, 'name' | 'passes' | 'atTheEnd'>;

const RACES: readonly Race[] = [...SCENARIOS, ...LIVES_ROWS];

/** The outcomes that are no answers, counted per run: `9 × 401`. */
function failures(runs: readonly Played[]): string[] {
  const counts = new Map<string, number>();
  for (const outcome of runs.flatMap(({ outcomes }) => outcomes)) {
    if (outcome.kind === 'answered') continue;
    const word = outcome.kind === 'refused' ? String(outcome.status) : outcome.kind;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => `${Math.round((count / runs.length) * 10) / 10} × ${word}`);
}

/** How the session ended, in one word or two; `null` where it is as it should be. */
function ending({ after: { session, call } }: Played, expected: string | null): string | null {
  const acts = call.kind === 'answered' ? call.who : null;
  if (session.error && acts === expected) return `asks for a login: ${session.error}`;
  if (session.who === expected && acts === expected) return null;
  if (expected === null) return acts ? 'signed in again' : 'signed in again, a zombie';
  if (session.who === null) return 'signed out';
  if (acts === null) return 'zombie';
  return session.who === acts ? `${acts} again` : `says ${session.who}, acts as ${acts}`;
}

/** Says of a race of token lives how many there were, and of a lost one in which the session was lost. */
function livesIn([first]: readonly Played[]): string[] {
  if (!first?.lives) return [];
  const { lived, of } = first.lives;
  return [first.familiesRevoked > 0 ? `lost in life ${lived} of ${of}` : `in ${lived} lives`];
}

function cell(runs: readonly Played[], { atTheEnd }: Race): string {
  if (runs.length === 0) return '–';
  const share = (what: string, count: number) =>
    count === runs.length ? what : `${what} (${count} of ${runs.length})`;
  const counts = runs.map(({ refreshes }) => refreshes);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const passed = runs.filter(({ pass }) => pass).length;
  const mark =
    passed === runs.length ? '✓' : passed === 0 ? '**✗**' : `**✗** ${passed} of ${runs.length} passed,`;
  const revoked = runs.filter(({ familiesRevoked }) => familiesRevoked > 0).length;
  const endings = runs.flatMap((one) => ending(one, atTheEnd === undefined ? 'ada' : atTheEnd) ?? []);
  return [
    `${mark} ${least === most ? least : `${least}–${most}`}`,
    ...livesIn(runs),
    ...(revoked > 0 ? [share('family revoked', revoked)] : []),
    ...failures(runs),
    ...[...new Set(endings)].map((what) => share(what, endings.filter((one) => one === what).length)),
  ].join('<br>');
}

/** What people would have noticed, over all runs in which Ada was to stay signed in. */
function totals(own: readonly Played[]): Readonly<Record<string, string>> {
  const staying = own.filter((one) =>
    RACES.some(({ name, atTheEnd }) => name === one.scenario && atTheEnd === undefined),
  );
  const count = (holds: (one: Played) => boolean) => String(staying.filter(holds).length);
  const outcomes = staying.flatMap((one) => one.outcomes);
  return {
    'sessions lost, of those to be kept': `${count((one) => one.after.call.kind !== 'answered')} of ${staying.length}`,
    'of them zombies': count(({ after }) => after.call.kind !== 'answered' && after.session.who !== null),
    'families revoked': count(({ familiesRevoked }) => familiesRevoked > 0),
    'surfaced 401s': String(outcomes.filter((one) => one.kind === 'refused' && one.status === 401).length),
    hangs: String(own.flatMap((one) => one.outcomes).filter(({ kind }) => kind === 'hangs').length),
    'runs passed': `${own.filter(({ pass }) => pass).length} of ${own.length}`,
  };
}

export function correctnessTable(names: readonly string[], all: readonly Played[]): string {
  const ownOf = (name: string) => all.filter(({ deployment }) => deployment === name);
  const rows = RACES.map((scenario) => [
    scenario.name,
    ...names.map((name) =>
      cell(
        ownOf(name).filter((one) => one.scenario === scenario.name),
        scenario,
      ),
    ),
  ]);
  const sums = names.map((name) => totals(ownOf(name)));
  for (const what of Object.keys(sums[0] ?? {})) rows.push([what, ...sums.map((sum) => sum[what] ?? '')]);
  const rules = RACES.map(({ name, passes }) => `*${name}*: ${passes}`).join('. ');
  return [
    table(['', ...names], rows),
    `✓ or ✗, refresh calls at the issuer, what else was seen (requests per run). What passes: ${rules}. A *zombie* is a session that the app’s own endpoint calls signed in while every call fails; a *hang* is ten seconds without an outcome.`,
  ].join('\n\n');
}
