import { blocksOf, headingsOf, quoted, read, rowsBelow } from './documents.ts';

/** README.ko.md keeps step with README.md: what is not a sentence is the same in both. */
const english = 'README.md';
const korean = 'README.ko.md';

/** The sections in both languages, side by side. */
const sections = headingsOf(english).map(
  ({ text }, at) => [text, headingsOf(korean)[at]?.text ?? ''] as const,
);

test('the READMEs lead to each other', () => {
  expect(read(english)).toContain(`](${korean})`);
  expect(read(korean)).toContain(`](${english})`);
});

test('both have the same sections, the Korean ones named in Korean', () => {
  expect(headingsOf(korean).map(({ level }) => level)).toEqual(headingsOf(english).map(({ level }) => level));
  for (const [, heading] of sections.slice(1)) expect(heading).toMatch(/[가-힣]/);
});

test('both have the same questions and the same things it does not do', () => {
  for (const start of [/^\*\*.*[?.]\*\*/gm, /^\* /gm])
    expect(read(korean).match(start)).toHaveLength(read(english).match(start)!.length);
});

test('both give the same commands and the same code', () => {
  const bare = (file: string) =>
    blocksOf(file, ['sh', 'ts']).map(({ code }) => code.replaceAll(/ *#.*$/gm, '').trim());
  expect(bare(korean)).toEqual(bare(english));
});

test('both lead to the same places', () => {
  const targets = (file: string) =>
    [...read(file).matchAll(/\]\(([^)]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !target.startsWith('README'));
  expect(targets(korean).toSorted()).toEqual(targets(english).toSorted());
});

test.each(sections.filter(([heading]) => rowsBelow(english, heading).length > 0))(
  'the table below %s has the same names and figures in Korean (%s)',
  (heading, inKorean) => {
    const facts = (file: string, below: string) =>
      rowsBelow(file, below).map((row) =>
        row.slice(0, 2).map((cell) => [...quoted(cell), ...(cell.match(/\b\d{3}\b/g) ?? [])]),
      );
    expect(facts(korean, inKorean).map(([names]) => names)).toEqual(
      facts(english, heading).map(([names]) => names),
    );
    if (heading !== 'Map') expect(facts(korean, inKorean)).toEqual(facts(english, heading));
  },
);

test('both name the same codes', () => {
  const codes = (file: string) => new Set(read(file).match(/\bERR_[A-Z_]+|\b[A-Z]+(?:_[A-Z]+)+\b/g));
  expect(codes(korean)).toEqual(codes(english));
});
