import { table } from '../lib/report.ts';
import { createBackend } from './backend.ts';
import { alova } from './peers/alova.ts';
import { axiosAuthRefreshDefault, axiosAuthRefreshEach } from './peers/axiosAuthRefresh.ts';
import { resealOurs, resealPlain } from './peers/reseal.ts';
import { rtkAxios, rtkFetch } from './peers/rtkMutex.ts';
import type { Peer } from './peers/peer.ts';
import { urql } from './peers/urql.ts';
import { SCENARIOS, type Scenario, type Verdict } from './scenarios.ts';

const PEERS: readonly Peer[] = [
  resealOurs,
  resealPlain,
  axiosAuthRefreshDefault,
  axiosAuthRefreshEach,
  rtkFetch,
  rtkAxios,
  alova,
  urql,
];

/** The budget of one refresh: 30 s by default, here short enough to be seen. */
const SEEN_MS = 1500;
const isHeavy = ({ name }: Scenario) => name.startsWith('1000');

interface Result extends Verdict {
  readonly scenario: string;
  readonly peer: string;
  readonly refreshes: number;
}

async function play(scenario: Scenario, peer: Peer): Promise<Result> {
  if (peer.lacks?.includes(scenario.name))
    return { scenario: scenario.name, peer: peer.name, refreshes: 0, pass: null, saw: 'has none' };
  const backend = await createBackend(peer);
  const client = peer.create(backend.url, isHeavy(scenario) ? 30_000 : SEEN_MS);
  try {
    const verdict = await scenario.run({ backend, client });
    return { scenario: scenario.name, peer: peer.name, refreshes: backend.refreshes, ...verdict };
  } finally {
    client.close();
    await backend.close();
  }
}

/** Plays every scenario with every peer; each has a backend of its own, which does the same to all. */
export async function correctness(): Promise<{ results: Result[]; markdown: string }> {
  // A library that leaves a rejection behind is not to end the run.
  const ignore = () => {};
  process.on('unhandledRejection', ignore);
  const { error, warn } = console;
  Object.assign(console, { error: ignore, warn: ignore });
  const results: Result[] = [];
  for (const scenario of SCENARIOS) {
    // One after another where it is about many requests, else together: most of the time is waiting.
    const played: Result[] = [];
    if (isHeavy(scenario)) for (const peer of PEERS) played.push(await play(scenario, peer));
    else played.push(...(await Promise.all(PEERS.map((peer) => play(scenario, peer)))));
    results.push(...played);
    const marks = played.map(
      ({ pass, refreshes }) => `${pass === null ? 'none' : pass ? 'pass' : 'FAIL'} ${refreshes}`,
    );
    console.log(`${scenario.name.padEnd(22)} ${marks.join('   ')}`);
  }
  process.off('unhandledRejection', ignore);
  Object.assign(console, { error, warn });

  const resultOf = (scenario: Scenario, peer: Peer) =>
    results.find((result) => result.scenario === scenario.name && result.peer === peer.name)!;
  const rows = SCENARIOS.map((scenario) => [
    scenario.name,
    ...PEERS.map((peer) => {
      const { pass, saw, refreshes } = resultOf(scenario, peer);
      return pass === null ? saw : `${pass ? '✓' : '**✗**'} ${refreshes}<br>${saw}`;
    }),
  ]);
  const passed = PEERS.map((peer) => {
    const own = results.filter((result) => result.peer === peer.name && result.pass !== null);
    return `${own.filter(({ pass }) => pass).length} of ${own.length}`;
  });
  const markdown = [
    table(['', ...PEERS.map(({ name }) => name)], [...rows, ['passed', ...passed]]),
    `✓ or ✗, refresh calls, what was seen. What passes: ${SCENARIOS.map(({ name, passes }) => `*${name}*: ${passes}`).join('. ')}.`,
    `"hangs" is 2.5 s without an outcome. ${PEERS.map(({ name, note }) => `${name.replaceAll('*', '')}: ${note}`).join('. ')}. Reseal's budget of one refresh is set to 1.5 s (30 s by default, and for the 1000); no peer documents one. In the two scenarios with a failing refresh the calls of the recovery are counted too.`,
  ].join('\n\n');
  return { results, markdown };
}
