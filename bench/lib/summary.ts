import { fastestPeer, ratio, type Measured } from '../frontDoor/measure.ts';
import { NAMES } from '../frontDoor/targets.ts';
import type { Played } from '../peers/correctness.ts';
import type { Footprint } from '../peers/footprint.ts';
import { growthConclusions } from './growthConclusions.ts';
import { savedResults, table, writeSection, wasBusy } from './report.ts';
import { number, summary } from './stats.ts';

/** What the front page is made of; each is a part of `npm run bench`. */
interface Sources {
  readonly frontDoor: readonly Measured[];
  readonly races: readonly Played[];
  readonly footprint: { readonly measured: readonly Footprint[] };
  readonly load: {
    readonly rows: readonly { readonly failed: number; readonly mostMb: number }[];
    readonly idleMb: number;
    readonly stopped: { readonly sent: number; readonly failed: number; readonly stops: number };
  };
}

const OWN = '**Reseal**';

/** `1.57 to 1.72`, of one ratio over all numbers of connections. */
function range(values: readonly number[], digits = 1): string {
  // Apache and nginx are left out where they are not installed.
  if (values.length === 0) return '–';
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => number(value, digits));
  return low === high ? String(low) : `${low} to ${high}`;
}

/** Runs that each contender passed, best first; those with the same count share a line. */
function standings(
  races: readonly Played[],
): { readonly names: readonly string[]; readonly passed: number; readonly runs: number }[] {
  const names = [...new Set(races.map(({ deployment }) => deployment))];
  const counts = names.map((name) => {
    const own = races.filter(({ deployment }) => deployment === name);
    return { name, passed: own.filter(({ pass }) => pass).length, runs: own.length };
  });
  const groups = Map.groupBy(counts, ({ passed, runs }) => `${passed} of ${runs}`);
  return [...groups.values()]
    .map((group) => ({
      names: group.map(({ name }) => name),
      passed: group[0]!.passed,
      runs: group[0]!.runs,
    }))
    .sort((a, b) => b.passed / b.runs - a.passed / a.runs);
}

/** The rows of the page of conclusions: question, result, table. */
function conclusions({ frontDoor, races, footprint, load }: Sources): string[][] {
  const over = (under: string, what: 'perSecond' | 'us' = 'perSecond') =>
    range(
      frontDoor
        .filter(({ samples }) => samples[under])
        .map((one) => ratio(one, NAMES.door, under, what).median),
    );
  const peers = frontDoor.map((one) => ratio(one, NAMES.door, fastestPeer(one) ?? '', 'perSecond').median);
  const fresh = frontDoor.map((one) => ratio(one, NAMES.door, NAMES.fresh, 'us').median);
  const own = standings(races).find(({ names }) => names.includes(OWN));
  const others = standings(races).filter(({ names }) => !names.includes(OWN));
  const kinds = new Set(races.map(({ scenario }) => scenario)).size;
  const start = (name: string) => footprint.measured.find((one) => one.name.startsWith(name));
  const middle = (values: readonly number[] = []) => number(summary(values).median, 0);
  const rest = footprint.measured.filter(({ name }) => !name.startsWith(OWN));
  const memories = rest.map(({ idleMb }) => summary(idleMb).median);
  const starts = rest.map(({ startMs }) => summary(startMs).median);
  const door = start(`${OWN}, \`npm start\``);
  const most = Math.max(...load.rows.map(({ mostMb }) => mostMb)) - load.idleMb;
  const failed = load.rows.reduce((sum, row) => sum + row.failed, 0);
  const link = (title: string, anchor: string) => `[${title}](#${anchor})`;
  return [
    [
      'Does it keep sessions that others lose?',
      `${own?.passed} of ${own?.runs} runs of ${kinds} race conditions; the others ${range(
        others.map(({ passed }) => passed),
        0,
      )}`,
      link('Under race', 'under-race'),
    ],
    [
      'How fast is a request with a session?',
      `${range(peers)} times the requests per second of the fastest library that refreshes, ${over(NAMES.bare)} times a Next API route that calls no one, ${over(NAMES.apacheShm)} times Apache with mod_auth_openidc in shared memory, ${over(NAMES.apacheRedis)} times Apache over Redis`,
      link('The front door', 'the-front-door'),
    ],
    [
      'What does it cost beside the least that forwards a request?',
      `${over(NAMES.through, 'us')} times the CPU time of a bare node:http and undici forwarder; nginx, which is no Node program and knows no session, answers ${range(frontDoor.filter(({ samples }) => samples[NAMES.nginx]).map((one) => ratio(one, NAMES.nginx, NAMES.door, 'perSecond').median))} times as many requests`,
      link('The front door', 'the-front-door'),
    ],
    [
      'And a cookie that the process has never seen?',
      `a known one takes ${range(fresh, 2)} of its CPU time`,
      link('The front door', 'the-front-door'),
    ],
    [
      'Does memory grow with what passes through?',
      `no: at most ${number(most, 0)} MB more during uploads and downloads of 256 MB, 300 streams, 300 stalled readers and 1,000 connections, ${failed} failures; ${load.stopped.failed} of ${number(load.stopped.sent, 0)} requests failed while instances were stopped and replaced`,
      link('Long bodies and many connections', 'long-bodies-and-many-connections'),
    ],
    [
      'Where is it worse?',
      `it starts in ${middle(door?.startMs)} ms, others in ${range(starts, 0)}; ${middle(door?.idleMb)} MB idle, others ${range(memories, 0)}; its demo app sends ${number(door?.firstLoadKb ?? NaN, 0)} KB of script, an empty page of the others ${range(
        rest.map(({ firstLoadKb }) => firstLoadKb),
        0,
      )} KB`,
      link('Start, memory, sizes', 'start-memory-sizes'),
    ],
  ];
}

const LANGUAGES = {
  'README.md': {
    head: ['library', 'sessions kept'],
    runs: (passed: number, runs: number, several: boolean) => `${passed} of ${runs}${several ? ' each' : ''}`,
    hand: 'iron-session by hand',
    foot: (times: string) =>
      `It also answers ${times} times as many requests per second as the fastest of the libraries that refreshes. It loses in start time, memory and [first load](docs/bench.md).`,
  },
  'README.ko.md': {
    head: ['라이브러리', '세션이 유지된 횟수'],
    runs: (passed: number, runs: number, several: boolean) =>
      `${several ? '각각 ' : ''}${runs}회 중 ${passed}회`,
    hand: '직접 짠 iron-session',
    foot: (times: string) =>
      `초당 요청 수도 토큰을 갱신하는 라이브러리 가운데 가장 빠른 것의 ${times.replace(' to ', '–')}배입니다. 시작 시간, 메모리, [첫 로드 크기](docs/bench.md)(영어)에서는 뒤집니다.`,
  },
} as const;

function compared({ races, frontDoor }: Sources, file: keyof typeof LANGUAGES): string {
  const { head, runs, hand, foot } = LANGUAGES[file];
  const rows = standings(races).map(({ names, passed, runs: all }) => {
    const isOwn = names.includes(OWN);
    const shown = isOwn ? [OWN] : names.map((name) => (name.startsWith('iron-session') ? hand : name));
    const count = runs(passed, all, shown.length > 1);
    return [shown.join(', '), isOwn ? `**${count}**` : count];
  });
  const peers = frontDoor.map((one) => ratio(one, NAMES.door, fastestPeer(one) ?? '', 'perSecond').median);
  return `${table(head, rows)}\n\n${foot(range(peers))}`;
}

/** Writes the page of conclusions and the comparison of both READMEs from the last run of each part. */
export function writeSummary(): void {
  const [frontDoor, races, footprint, load] = ['frontDoor', 'peers-race', 'footprint', 'load'].map((name) =>
    savedResults<never>(name),
  );
  if (!frontDoor || !races || !footprint || !load) {
    console.log('No summary: frontDoor, load and peers have not all been measured here.');
    return;
  }
  const sources: Sources = {
    frontDoor: frontDoor.results,
    races: races.results,
    footprint: footprint.results,
    load: load.results,
  };
  const runs = [frontDoor, races, footprint, load];
  const when = runs.map(({ at }) => at.slice(0, 10)).toSorted();
  // Races are counted, not timed: two dozen servers side by side keep any machine busy.
  const busy = [frontDoor, footprint, load].some(wasBusy)
    ? ' **The machine was busy with other work: take the times and requests per second again when it is quiet.**'
    : '';
  const intro = `Measured on ${[...new Set(when)].join(', ')}, on 2 cores, with Node ${process.versions.node.split('.')[0]}.${busy} Figures of another machine differ; ratios carry over better. What is slower has its reason [below](#where-we-lose-and-why).`;
  // What is worse comes last.
  const rows = conclusions(sources).toSpliced(-1, 0, ...growthConclusions());
  writeSection('summary', `${intro}\n\n${table(['question', 'result', 'table'], rows)}`);
  for (const file of ['README.md', 'README.ko.md'] as const)
    writeSection('summary', compared(sources, file), file);
}
