import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';

const root = `${import.meta.dirname}/../..`;
const BENCH = 'docs/bench.md';

const PREFACE = `# Measurements

\`npm run bench\` writes this. \`npm run bench -- frontDoor\`, \`engine\`, \`server\`, \`growth\`, \`stores\`, \`peers\` or \`instances\` measures one part. Everything that is compared was measured in one run, in turns; a ratio is the **median** of the
ratios of each round, with the [middle half] and the (smallest and largest). Raw numbers are saved in \`bench/results/\`.
`;

/** Replaces one section of docs/bench.md, or of another document, and leaves the others. */
export function writeSection(name: string, markdown: string, file = BENCH): void {
  const document = `${root}/${file}`;
  let text = PREFACE;
  try {
    text = readFileSync(document, 'utf8');
  } catch {
    // the first run
  }
  const [from, to] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const section = `${from}\n\n${markdown.trim()}\n\n${to}`;
  const start = text.indexOf(from);
  const end = text.indexOf(to);
  text =
    start === -1 || end === -1
      ? `${text.trimEnd()}\n\n${section}\n`
      : text.slice(0, start) + section + text.slice(end + to.length);
  writeFileSync(document, text);
}

/** What a part of a benchmark found, for a section of its own. */
export interface Finding {
  readonly title: string;
  /** Packages whose versions count. */
  readonly packages: readonly string[];
  readonly raw: unknown;
  readonly markdown: string;
  /** How to take it again, what was measured, and what it does not say. */
  readonly notes: string;
}

/** Prints a part, saves its raw numbers, and writes its section of docs/bench.md; a smoke run writes nothing there. */
export function report(name: string, { title, packages, raw, markdown, notes }: Finding): void {
  console.log(`\n${title}\n\n${markdown}`);
  const isSmoke = process.env['BENCH_SMOKE'] === '1';
  saveResults(isSmoke ? `${name}-smoke` : name, raw);
  if (!isSmoke) writeSection(name, [title, setting(...packages), markdown, notes].join('\n\n'));
}

/** Saves the raw numbers of a run. */
export function saveResults(name: string, results: unknown): void {
  const folder = `${root}/bench/results`;
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify({ ...machine(), results }, null, 1);
  writeFileSync(`${folder}/${name}.json`, `${text}\n`);
}

/** A run as it was saved, with the machine's load over 1, 5 and 15 minutes before it. */
export interface SavedRun<T> {
  readonly at: string;
  readonly cores: number;
  readonly load: readonly number[];
  readonly results: T;
}

/** The raw numbers of the last run; `null` where there was none here. */
export function savedResults<T>(name: string): SavedRun<T> | null {
  try {
    return JSON.parse(readFileSync(`${root}/bench/results/${name}.json`, 'utf8')) as SavedRun<T>;
  } catch {
    return null;
  }
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The load before this part began: two hundred connections are a load of their own. */
const BEFORE = loadavg().map((load) => Math.round(load * 100) / 100);

function machine() {
  return {
    at: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    // Those of the machine: some parts bind themselves to one.
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: BEFORE,
  };
}

/** Whether other work ran beside a part; the part before it leaves a load of about one a core behind. */
export const wasBusy = ({ load, cores }: Pick<SavedRun<unknown>, 'load' | 'cores'>): boolean =>
  (load[0] ?? 0) > 1.5 * cores;

/** One line about where and when, with the load in the minute before: a busy machine shows. */
export function setting(...packages: readonly string[]): string {
  const { at, node, cpu, cores, load } = machine();
  const versions = packages.map((name) => ` ${name} ${versionOf(name)}`).join(',');
  const warning = wasBusy({ load, cores })
    ? ' **The machine was busy: take these numbers again when it is quiet.**'
    : '';
  return `${at.slice(0, 10)}, Node ${node.slice(1)}, ${cores} cores (${cpu}), load average ${load[0]} before it.${warning}${versions && `${versions}.`}`;
}

function versionOf(name: string): string {
  for (const base of [`${root}/bench/`, `${root}/`]) {
    try {
      const file = `${base}node_modules/${name}/package.json`;
      return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    } catch {
      // one further up
    }
  }
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}
