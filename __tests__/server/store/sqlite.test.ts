import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock, type Clock } from '../../../server/clock.ts';
import type { SessionStore } from '../../../server/store/contracts.ts';
import { openStore } from '../../../server/store/openStore.ts';
import { claimHost } from '../../../server/store/sqlite/hostClaim.ts';
import { createLog } from '../../../server/ops/log.ts';
import { createMetrics } from '../../../server/ops/metrics.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { pairOf } from '../../support/storeConformance.ts';
import { until, works } from '../../../testing/until.ts';

jest.setTimeout(60_000);
const HOUR_MS = 3_600_000;

let dir: string;
let opened: SessionStore[];
let logged: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reseal-file-'));
  opened = [];
  logged = '';
});
afterEach(async () => {
  for (const store of opened) await store.close();
  await rm(dir, { recursive: true });
});

function open(clock: Clock = systemClock): SessionStore {
  const log = createLog('info', { write: (line: string) => void (logged += line) });
  const { store } = openStore({ kind: 'sqlite', dir }, clock, { log, metrics: createMetrics() });
  opened.push(store);
  return store;
}

async function close(store: SessionStore): Promise<void> {
  opened.splice(opened.indexOf(store), 1);
  await store.close();
}

const file = () => join(dir, 'sessions.db');

/** Why the file cannot be used, as the operator reads it. */
function complaint(): { code: unknown; message: string } {
  try {
    open();
  } catch (error) {
    return error as { code: unknown; message: string };
  }
  throw new Error('The file was opened.');
}

/** Lets processes write until each has had some writes answered, and kills them; answers the lines they wrote. */
async function writeAndKill(names: readonly string[], atLeast: number): Promise<string[]> {
  const processes = names.map((name) => {
    const child = spawn(process.execPath, ['__tests__/support/committingProcess.ts', dir, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // A line that was cut off by the kill was not heard.
    return { child, exited, lines: () => output.split('\n').slice(0, -1) };
  });
  await until(() => processes.every(({ lines }) => lines().length >= atLeast), { withinMs: 30_000 });
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ exited }) => exited));
  return processes.flatMap(({ lines }) => lines());
}

describe('a process that is killed', () => {
  test('leaves everything behind that was answered: commits, ends and epochs', async () => {
    const answered = [...(await writeAndKill(['a'], 100)), ...(await writeAndKill(['b', 'c'], 100))];
    const store = open();
    const lost: string[] = [];
    for (const line of answered) {
      const [what, name = ''] = line.split(' ');
      const { record, epoch } = await store.read(name, name);
      const isKept =
        what === 'epoch' ? epoch === 6 : what === 'end' ? record?.ended === 'logout' : record?.version === 2;
      if (!isKept) lost.push(line);
    }
    expect(lost).toEqual([]);
    expect(answered.length).toBeGreaterThan(300);
  });

  test('leaves its lease behind until it runs out: its call to the issuer may still arrive', async () => {
    const clock = new FakeClock();
    // Not closed, as a killed process closes nothing.
    await open(clock).acquire('s', 13_000);
    const restarted = open(clock);
    expect(await restarted.acquire('s', 13_000)).toBeNull();
    clock.jump(13_000);
    expect(await restarted.acquire('s', 13_000)).not.toBeNull();
  });
});

describe('two processes on one file', () => {
  test('give one lease and one commit between them, and see each other’s writes at once', async () => {
    const [one, other] = [open(), open()];
    const taken = await Promise.all([one, other, one, other].map((store) => store.acquire('s', HOUR_MS)));
    expect(taken.filter((lease) => lease !== null)).toHaveLength(1);
    const verdicts = await Promise.all([one, other].map((store) => store.commit('s', pairOf(2), HOUR_MS)));
    expect(verdicts.toSorted()).toEqual(['committed', 'moved']);
    await one.end('s', 'logout', HOUR_MS);
    expect((await other.read('s', 'ada')).record?.ended).toBe('logout');
  });

  test('are refused where they run on two machines: their memory is not shared', async () => {
    await close(open());
    await writeFile(join(dir, 'host'), 'another machine');
    expect(complaint()).toMatchObject({ code: 'store_file_on_two_hosts' });
    // The other machine stopped without a word.
    await utimes(join(dir, 'host'), new Date(0), new Date(0));
    expect(await works(open().ready())).toBe(true);
  });

  test('start where a process was killed while it wrote the claim of this machine', async () => {
    await close(open());
    await writeFile(join(dir, 'host'), '');
    expect(await works(open().ready())).toBe(true);
  });

  test('never find the claim of their own machine empty while it is kept fresh', () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const giveUp = claimHost(dir, 'this machine');
    jest.advanceTimersByTime(3000);
    // Nothing of this process goes on in the meantime: what another process could see stays to be seen.
    const seen = new Set(Array.from({ length: 3000 }, () => readFileSync(join(dir, 'host'), 'utf8')));
    giveUp();
    jest.useRealTimers();
    expect([...seen]).toEqual(['this machine']);
  });
});

describe('a file that cannot be used', () => {
  beforeEach(async () => {
    const store = open();
    for (let n = 0; n < 200; n += 1)
      await store.commit(`s-${n}`, { ...pairOf(2), box: 'x'.repeat(900) }, HOUR_MS);
    await close(store);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['holds something else', () => writeFile(file(), 'these are not the sessions you look for'.repeat(200))],
    ['is empty', () => truncate(file(), 0)],
    ['is cut off', async () => truncate(file(), Math.floor((await stat(file())).size / 2))],
    [
      'has a damaged page',
      async () => {
        const bytes = await readFile(file());
        bytes.fill(0xa5, 4096 * 20, 4096 * 24);
        await writeFile(file(), bytes);
      },
    ],
    [
      'is another program’s database',
      async () => {
        await rm(file());
        const other = new DatabaseSync(file());
        other.exec('CREATE TABLE theirs (x)');
        other.close();
      },
    ],
    [
      'was removed, but its journal was not',
      async () => {
        await rm(file());
        await writeFile(`${file()}-wal`, 'what was written last');
      },
    ],
  ])('because it %s is named at the start, and left as it is', async (_how, damage) => {
    await damage();
    const before = await contents();
    const { code, message } = complaint();
    expect(code).toBe('store_file_corrupt');
    expect(message).toMatch(/sessions\.db .+ Restore a backup\./);
    expect(await contents()).toEqual(before);
  });

  test('because a newer version wrote it is not touched', async () => {
    const db = new DatabaseSync(file());
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(complaint()).toMatchObject({ code: 'store_file_newer' });
  });

  test('because another program holds it is named after two seconds', async () => {
    const other = new DatabaseSync(file());
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    expect(complaint()).toMatchObject({ code: 'store_file_locked' });
    other.close();
    expect(await works(open().ready())).toBe(true);
  });

  test('because its folder cannot be made is named, with what to do', async () => {
    await writeFile(join(dir, 'plain'), '');
    dir = join(dir, 'plain', 'data');
    expect(complaint()).toMatchObject({ code: 'store_dir_unwritable' });
    dir = join(dir, '..', '..');
  });

  test('because it was removed while the server runs makes the server not ready', async () => {
    const store = open();
    await store.ready();
    await cp(file(), join(dir, 'copy'));
    await rm(file());
    await cp(join(dir, 'copy'), file());
    await until(async () => !(await works(store.ready())), { what: 'the next rehearsal' });
    await store.commit('s', pairOf(2), HOUR_MS);
    await expect(store.ready()).rejects.toMatchObject({ code: 'store_unreachable' });
    expect(logged.match(/The session file is in trouble/g)).toHaveLength(1);
  });

  async function contents(): Promise<Record<string, string>> {
    const names = (await readdir(dir)).filter((name) => name.startsWith('sessions'));
    return Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [name, (await readFile(join(dir, name))).toString('base64')] as const),
      ),
    );
  }
});

test('what has expired is swept from the file, and the file does not grow', async () => {
  const clock = new FakeClock();
  const store = open(clock);
  const fill = async () => {
    for (let n = 0; n < 2000; n += 1)
      await store.commit(`s-${clock.now()}-${n}`, { ...pairOf(2), box: 'x'.repeat(900) }, 60_000);
  };
  const rows = () => {
    const db = new DatabaseSync(file(), { readOnly: true });
    const { count } = db.prepare('SELECT count(*) AS count FROM records').get() as { count: number };
    db.close();
    return count;
  };
  const bytes = async () => (await stat(file())).size + (await stat(`${file()}-wal`)).size;
  await fill();
  const once = await bytes();
  for (let n = 0; n < 4; n += 1) {
    clock.jump(120_000);
    await fill();
  }
  expect(rows()).toBeLessThan(4100);
  expect(await bytes()).toBeLessThan(3 * once);
  clock.jump(120_000);
  for (let n = 0; n < 10; n += 1) await store.raiseEpoch('ada', 0, 60_000);
  expect(rows()).toBe(0);
});
