import { execFileSync } from 'node:child_process';
import { closeBox, newBoxKey } from '../../server/store/tokenBox.ts';
import { systemClock } from '../../server/clock.ts';
import { memoryStore } from '../../server/store/tableStore.ts';
import { table } from '../lib/report.ts';
import { number, spread, summary } from '../lib/stats.ts';
import { makeSession } from '../server/seals.ts';

const RECORDS = 100_000;

interface Bytes {
  readonly withBox: number;
  readonly withoutBox: number;
  readonly boxChars: number;
}

function usedBytes(): number {
  for (let times = 0; times < 3; times += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Fills a store and weighs it; then drops the boxes and weighs it again. */
async function weigh(): Promise<Bytes> {
  const store = memoryStore(systemClock);
  const { pair } = makeSession();
  const boxKey = newBoxKey();
  const idOf = (index: number) => `${'session-'.padEnd(24, '0')}${String(index).padStart(12, '0')}`;
  await store.read('nobody', 'nobody');
  const empty = usedBytes();
  let boxChars = 0;
  for (let index = 0; index < RECORDS; index += 1) {
    const id = idOf(index);
    const box = closeBox(pair, boxKey, id, 2);
    boxChars = box.length;
    await store.commit(id, { version: 2, box, refreshedAtMs: Date.now() }, 86_400_000);
  }
  const full = usedBytes();
  for (let index = 0; index < RECORDS; index += 1) await store.dropBox(idOf(index), 2);
  const dropped = usedBytes();
  if ((await store.read(idOf(1), 'nobody')).record?.version !== 2) throw new Error('The record is gone.');
  return { withBox: full - empty, withoutBox: dropped - empty, boxChars };
}

/** Weighs in a process of its own each time. */
export function memory(runs: number): Bytes[] {
  return Array.from({ length: runs }, () => {
    const output = execFileSync(process.execPath, ['--expose-gc', import.meta.filename], {
      encoding: 'utf8',
    });
    return JSON.parse(output) as Bytes;
  });
}

export function memoryTable(all: readonly Bytes[]): string {
  const row = (what: string, pick: (one: Bytes) => number) => [
    what,
    spread(summary(all.map((one) => pick(one) / 2 ** 20)), 1),
    number(summary(all.map((one) => pick(one) / RECORDS)).median, 0),
  ];
  const boxChars = all[0]?.boxChars ?? 0;
  return table(
    [`${number(RECORDS, 0)} live records`, 'MB', 'bytes each'],
    [
      row(
        `with a box of ${number(boxChars, 0)} characters (an access token of 800)`,
        ({ withBox }) => withBox,
      ),
      row('box dropped', ({ withoutBox }) => withoutBox),
    ],
  );
}

if (import.meta.main) console.log(JSON.stringify(await weigh()));
