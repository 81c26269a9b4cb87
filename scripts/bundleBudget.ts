import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { en } from '../components/messages/en/en.ts';
import { lab as labInEnglish } from '../components/messages/en/lab.ts';
import { ko } from '../components/messages/ko/ko.ts';
import { lab as labInKorean } from '../components/messages/ko/lab.ts';

/**
 * First-load JavaScript per page in KB gzip, the heavier of the languages with it; polyfills for old browsers left
 * out: they are `nomodule`.
 */
const BUDGET_KB: Readonly<Record<string, number>> = {
  '/': 185,
  '/login': 184,
  '/notes': 200,
  '/session': 198,
  '/lab': 211,
};

interface BuildManifest {
  readonly pages: Readonly<Record<string, readonly string[]>>;
}

/** What a page loads beside its own scripts, by the import that asks for it. */
type LoadableManifest = Readonly<Record<string, { readonly files: readonly string[] }>>;

const read = <T>(file: string): T => JSON.parse(readFileSync(`.next/${file}`, 'utf8')) as T;

const sizeKb = (files: readonly string[]) =>
  files
    .filter((file) => file.endsWith('.js'))
    .reduce((sum, file) => sum + gzipSync(readFileSync(`.next/${file}`)).length, 0) / 1000;

const say = (files: readonly string[], sentence: string) =>
  files.some((file) => readFileSync(`.next/${file}`, 'utf8').includes(sentence));

const { pages } = read<BuildManifest>('build-manifest.json');
const loadable = read<LoadableManifest>('server/pages/_app/react-loadable-manifest.json');
/** What is loaded later, the toasts for instance, speaks no language of its own. */
const languages = [en, ko].map(({ shell }) =>
  Object.values(loadable).find(({ files }) => say(files, shell.footer)),
);
const languageKb = Math.max(...languages.map((found) => (found ? sizeKb(found.files) : NaN)));

/** The lab brings its own sentences in every language; were they elsewhere, its weight would be told wrong. */
const hasItsSentences = (page: string, own: readonly string[]) =>
  page !== '/lab' || [labInEnglish, labInKorean].every(({ lead }) => say(own, lead));

let failed = false;
for (const [page, budgetKb] of Object.entries(BUDGET_KB)) {
  const own = [...new Set([...(pages['/_app'] ?? []), ...(pages[page] ?? [])])];
  const kb = sizeKb(own) + languageKb;
  const isOver = own.length === 0 || !(languageKb > 0) || !hasItsSentences(page, own) || kb > budgetKb;
  failed ||= isOver;
  console.log(`${isOver ? 'OVER ' : 'ok   '} ${page.padEnd(10)} ${kb.toFixed(1)} KB gzip of ${budgetKb}`);
}
process.exit(failed ? 1 : 0);
