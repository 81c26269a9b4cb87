import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Found {
  readonly name: string;
  readonly found: string | null;
}

test('the random histories notice each rule of the engine that is left out', async () => {
  const script = join(__dirname, 'engineMutants.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script]).catch(
    (error: { stdout: string }) => error,
  );
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Found);
  expect(all.length).toBeGreaterThan(5);
  expect(all.filter(({ found }) => found === null || found.startsWith('stale'))).toEqual([]);
}, 300_000);
