import { dirname, join } from 'node:path';
import { blocksOf, documents, headingsOf, quoted, read, rowsBelow } from './documents.ts';

/** Korean documents keep step with the English ones: what is not a sentence is the same in both. */
const pairs = [
  ['README.md', 'README.ko.md'],
  ...['configuration', 'errors', 'questions'].map(
    (name) => [`docs/${name}.md`, `docs/ko/${name}.md`] as const,
  ),
] as const;
const koreanDocuments = documents.filter((file) => file.startsWith('docs/ko/') || file.endsWith('.ko.md'));

/** Where the links of a document lead, as paths from the top of the repository, without anchors. */
const targetsOf = (file: string) =>
  [...read(file).matchAll(/\]\((?!https?:)([^)#]*)[^)]*\)/g)].map(([, target = '']) =>
    target ? join(dirname(file), target) : file,
  );

/** The English document that a Korean one stands for. */
const inEnglish = (path: string) =>
  path
    .replace('README.ko.md', 'README.md')
    .replace(/^docs\/ko\/(quickstart)?/, (_, quick) => (quick ? 'docs/recipes' : 'docs/'));

test('the READMEs lead to each other', () => {
  expect(read('README.md')).toContain('](README.ko.md)');
  expect(read('README.ko.md')).toContain('](README.md)');
});

describe.each(pairs)('%s and %s', (english, korean) => {
  /** The sections in both languages, side by side. */
  const sections = headingsOf(english).map(
    ({ text }, at) => [text, headingsOf(korean)[at]?.text ?? ''] as const,
  );

  test('have the same sections, the Korean ones named in Korean', () => {
    expect(headingsOf(korean).map(({ level }) => level)).toEqual(
      headingsOf(english).map(({ level }) => level),
    );
    for (const [, heading] of sections.slice(english === 'README.md' ? 1 : 0))
      expect(heading).toMatch(/[가-힣]/);
  });

  test('have the same list items', () => {
    expect(read(korean).match(/^\* /gm)?.length).toBe(read(english).match(/^\* /gm)?.length);
  });

  test('give the same commands and the same code', () => {
    const bare = (file: string) =>
      blocksOf(file, ['sh', 'ts']).map(({ code }) => code.replaceAll(/ *#.*$/gm, '').trim());
    expect(bare(korean)).toEqual(bare(english));
  });

  test('lead to the same documents', () => {
    const named = (file: string) =>
      [...new Set(targetsOf(file).map(inEnglish))].filter((path) => path !== 'README.md').toSorted();
    expect(named(korean)).toEqual(named(english));
  });

  test('have the same names and figures in their tables', () => {
    const facts = (file: string, heading: string) =>
      rowsBelow(file, heading).map(([names = '', value = '']) => [
        quoted(names),
        // A package name stands in bold or plain; a path and a code between backticks.
        [...quoted(value), ...(value.match(/\d+/g) ?? []).toSorted()],
      ]);
    for (const [heading, inKorean] of sections)
      expect(facts(korean, inKorean)).toEqual(facts(english, heading));
  });

  test('name the same codes', () => {
    const codes = (file: string) => new Set(read(file).match(/\bERR_[A-Z_]+|\b[A-Z]+(?:_[A-Z]+)+\b/g));
    expect(codes(korean)).toEqual(codes(english));
  });
});

test('every Korean document says of a linked document that it is in English', () => {
  expect(koreanDocuments.length).toBeGreaterThan(5);
  const isInEnglish = (file: string, target: string) =>
    target.endsWith('.md') && !koreanDocuments.includes(join(dirname(file), target));
  const silent = koreanDocuments.flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) =>
        [...line.matchAll(/\]\(([^):#]+)/g)].some(([, target = '']) => isInEnglish(file, target)),
      )
      .filter((line) => !/영어|^\[English/.test(line))
      .map((line) => `${file}: ${line}`),
  );
  expect(silent).toEqual([]);
});
