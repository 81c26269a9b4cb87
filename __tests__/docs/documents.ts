import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = process.cwd();

/** Every document that people read, by its path. */
export const documents: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'docs/ko'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

export interface Block {
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks of a document in one of these languages. */
export function blocksOf(file: string, languages: readonly string[]): readonly Block[] {
  return [...read(file).matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .map(([, language = '', code = '']) => ({ language, code }))
    .filter(({ language }) => languages.includes(language));
}

/** A document without its fenced blocks, where a `#` is no heading. */
const prose = (file: string) => read(file).replace(/^```[\s\S]*?^```/gm, '');

/** The headings of a document, in order. */
export function headingsOf(file: string): readonly { readonly level: number; readonly text: string }[] {
  return [...prose(file).matchAll(/^(#{1,4}) (.+)$/gm)].map(([, hashes = '', text = '']) => ({
    level: hashes.length,
    text,
  }));
}

/** What GitHub makes of a heading's text as an anchor. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

/** The rows of every table below the heading at this place in the document, each as its cells. */
export function rowsBelow(file: string, heading: string): readonly (readonly string[])[] {
  const [, after = ''] = prose(file).split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [section = ''] = after.split(/^#+ /m);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('|--'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .slice(1);
}

/** What stands between backticks in a cell. */
export const quoted = (cell: string): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
