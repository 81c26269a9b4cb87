import { documents, read } from './documents.ts';

/** Words that an engineer whose first language is not English reads twice, or that name a thing by a second name. */
const AVOIDED = /\b(renew(s|ed|al|als)?|nobody|whoever|somebody|everybody|meanwhile|mend(s|ed)?)\b/i;

/** What is quoted stays as it is: code, and titles of tests. docs/bench.md is written by `npm run bench`. */
const sentencesOf = (file: string) =>
  read(file)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`]*`/g, '')
    .split('\n');

test.each(documents.filter((file) => file !== 'docs/bench.md'))('%s is written in plain words', (file) => {
  expect(sentencesOf(file).filter((line) => AVOIDED.test(line))).toEqual([]);
});
