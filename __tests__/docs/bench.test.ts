/** @jest-environment node */
import { existsSync, readFileSync } from 'node:fs';

/* docs/bench.md is written by scripts: what it tells a reader to run must exist. */
const page = readFileSync('docs/bench.md', 'utf8');
const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);

test('the table of parts names every part of npm run bench, and no other', () => {
  const [, list = ''] = /const PARTS = \[([^\]]+)\]/.exec(readFileSync('bench/run.ts', 'utf8')) ?? [];
  const parts = namesIn(list, /'(\w+)'/g);
  expect(parts.length).toBeGreaterThan(5);
  expect(namesIn(page, /^\| `(\w+)` \|/gm).toSorted()).toEqual(parts.toSorted());
});

test('every command that takes one table again names a part, and a table of that part', () => {
  const pages = [page, readFileSync('docs/scaling.md', 'utf8')].join('\n');
  const commands = [...pages.matchAll(/BENCH_ONLY=([\w,]+) npm run bench -- (\w+)/g)];
  expect(commands.length).toBeGreaterThan(5);
  for (const [command, tables = '', part = ''] of commands) {
    expect([command, existsSync(`bench/${part}.ts`)]).toEqual([command, true]);
    const script = readFileSync(`bench/${part}.ts`, 'utf8');
    for (const name of tables.split(','))
      expect([command, new RegExp(`async ${name}\\(|wants\\('${name}'\\)|^ {2}${name}: `, 'm').test(script)]).toEqual([command, true]);
  }
}); // prettier-ignore

test('every section that a script writes is there once, closed, and has a table or a text', () => {
  const names = namesIn(page, /<!-- bench:([\w-]+) -->/g);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    const [, section = ''] = page.split(`<!-- bench:${name} -->`);
    const [text = '', ...rest] = section.split(`<!-- /bench:${name} -->`);
    expect([name, rest.length, text.trim().length > 100]).toEqual([name, 1, true]);
  }
});
