import { headingsOf, read } from './documents.ts';

const text = read('README.md');

/** The words of the sentences: no code block, no table, no tag, no address of a link. */
const wordsOf = (markdown: string) =>
  markdown
    .replaceAll(/^```[\s\S]*?^```|^\|.*$/gm, '')
    .replaceAll(/<[^>]*>|\]\([^)]*\)|[|*#`[\]>-]/g, ' ')
    .split(/\s+/)
    .filter(Boolean);

test('the README stays a page of at most 125 lines', () => {
  expect(text.split('\n').length).toBeLessThanOrEqual(125);
});

test('sixty seconds of reading tell what it is, how it compares, how to try it and how to add the server', () => {
  // A silent reader takes in about 238 words a minute; a table is looked up, not read.
  const start = text.slice(0, text.indexOf('In the browser, attach the interceptor'));
  expect(
    headingsOf('README.md')
      .slice(1, 4)
      .map(({ text }) => text),
  ).toEqual(['Compared', 'Try it', 'Add it to your app']);
  expect(start).toContain('reseal.routeHandlers');
  expect(wordsOf(start).length).toBeLessThanOrEqual(238);
});

test('the two commands of the README stand there to the letter', () => {
  expect(text).toMatch(/^npm ci && npm run demo\b/m);
  expect(text).toMatch(/^npm ci && npm test\b/m);
});
