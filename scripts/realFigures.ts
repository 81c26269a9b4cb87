import { existsSync, readFileSync } from 'node:fs';

interface Noted {
  readonly name: string;
  readonly kind: string;
  readonly settings: number;
  readonly configuration?: number;
  readonly readyMs: number;
}

interface Assertion {
  readonly ancestorTitles: readonly string[];
  readonly status: string;
  readonly duration?: number | null;
}

/** Jest's `--json`, as far as it is read. */
export interface RealResults {
  readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
}

/** The four settings that every app needs. */
const COMMON = 4;

const HEAD = ['service', 'kind', 'settings', 'configuration', 'code', 'passed', 'ready', 'tests'];

/**
 * Puts together what connecting each real service took: lines of settings, of a proxy's configuration and of code, what
 * its tests came to, seconds until it served and seconds of its tests.
 *
 * @param notes what the tests noted, a JSON object a line; of several about one service the last
 */
export function figuresTable(notes: string, results: RealResults): string {
  const noted = notes.split('\n').filter(Boolean);
  const byName = new Map(noted.map((line) => JSON.parse(line) as Noted).map((one) => [one.name, one]));
  const all = results.testResults.flatMap(({ assertionResults }) => assertionResults);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const rows = [...byName.values()].map(({ name, kind, settings, configuration, readyMs }) => {
    const own = all.filter(({ ancestorTitles }) => ancestorTitles[0] === name);
    const passed = own.filter(({ status }) => status === 'passed').length;
    const ms = own.reduce((sum, { duration }) => sum + (duration ?? 0), 0);
    const lines = configuration === undefined ? '-' : `${configuration} lines`;
    return [name, kind, `${COMMON} + ${settings}`, lines, '0', `${passed} of ${own.length}`, seconds(readyMs), seconds(ms)]; // prettier-ignore
  });
  const table = [HEAD, ...rows.toSorted(([, a = ''], [, b = '']) => a.localeCompare(b))];
  const widths = HEAD.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const written = table.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
  return written.map((line) => line.trimEnd()).join('\n');
}

/** Reads what the tests noted; '' where they noted nothing. */
export function readNotes(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
