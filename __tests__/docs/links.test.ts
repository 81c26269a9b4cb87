import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { anchorOf, documents, headingsOf, quoted, read, root, rowsBelow } from './documents.ts';

interface Link {
  readonly from: string;
  readonly path: string;
  readonly anchor: string;
}

const links: readonly Link[] = documents.flatMap((from) =>
  [
    ...read(from).matchAll(
      /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)|(?:src|srcset|href)="(?!https?:)([^"#]+)"/g,
    ),
  ].map(([, path, anchor = '', attribute]) => ({
    from,
    path: path || attribute ? relative(root, resolve(root, dirname(from), path || attribute || '')) : from,
    anchor,
  })),
);

test('every link and picture of the docs leads to a file that is there', () => {
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter(({ path }) => !existsSync(join(root, path)))).toEqual([]);
});

test('every anchor of the docs is a heading of the document it names', () => {
  const named = links.filter(({ anchor }) => anchor !== '');
  expect(named.length).toBeGreaterThan(3);
  const isThere = ({ path, anchor }: Link) =>
    headingsOf(path).some(({ text }) => anchorOf(text) === decodeURIComponent(anchor));
  expect(named.filter((link) => !isThere(link))).toEqual([]);
});

test('each history of docs/histories.md names a test that is there', () => {
  const rows = rowsBelow('docs/histories.md', 'How a session gets lost');
  expect(rows.map(([name]) => name)).toEqual(Array.from({ length: 15 }, (_, at) => `P${at + 1}`));
  for (const [name, , , , shown = ''] of rows) {
    const [, target = ''] = /\]\(([^)]+)\)/.exec(shown) ?? [];
    const source = readFileSync(resolve(root, 'docs', target), 'utf8');
    const [title = ''] = quoted(shown);
    expect(title).toContain(name);
    expect(source).toContain(`test('${title}`);
  }
});

describe('the table of RFC 10017', () => {
  const clauses = ['MUST', 'SHOULD', 'The pattern itself, and advice without a keyword'].flatMap((heading) =>
    rowsBelow('docs/rfc10017.md', heading),
  );
  const suite = readFileSync('__tests__/security/rfc10017.test.ts', 'utf8');
  const labels = [...suite.matchAll(/test\('(§[\d.]+[a-z]?):/g)].map(([, label = '']) => label);

  test('has a row for each conformance test, and a test for each row', () => {
    const rows = clauses
      .filter(([label = '', , , shown = '']) => shown.startsWith(label))
      .map(([label]) => label);
    expect(rows.toSorted()).toEqual(labels.toSorted());
  });

  test('names only files that are there, and shows every clause by some test', () => {
    for (const [label = '', , , shown = ''] of clauses) {
      const files = quoted(shown);
      expect([label, labels.includes(label) || files.length > 0]).toEqual([label, true]);
      expect(files.filter((file) => !existsSync(`__tests__/${file}`))).toEqual([]);
    }
  });
});
