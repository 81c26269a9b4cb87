import { documents, read } from './documents.ts';

/** The documents of one language that a reader should find: all but the index itself. */
const listed = documents.filter((file) => /^docs\/[^/]+\.md$/.test(file) && file !== 'docs/README.md');
const nameOf = (file: string) => file.replace('docs/', '').replace('.md', '');

test('the index lists every document', () => {
  expect(listed.length).toBeGreaterThan(12);
  expect(listed.filter((file) => !read('docs/README.md').includes(`](${nameOf(file)}.md`))).toEqual([]);
});

test('the Korean index lists every Korean document', () => {
  const korean = documents.filter((file) => file.startsWith('docs/ko/') && !file.endsWith('README.md'));
  const index = read('docs/ko/README.md');
  expect(korean.filter((file) => !index.includes(`](${file.replace('docs/ko/', '')}`))).toEqual([]);
});

test('the menu of the site leads to every document, in both languages', () => {
  const menu = read('docs/site/config.js');
  const korean = documents.filter((file) => file.startsWith('docs/ko/') && !file.endsWith('README.md'));
  expect([...listed, ...korean].filter((file) => !menu.includes(`'/${nameOf(file)}'`))).toEqual([]);
});
