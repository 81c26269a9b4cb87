import { readdirSync, readFileSync } from 'node:fs';
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
  '/': 159,
  '/login': 158,
  '/stepped-up': 158,
  '/notes': 175,
  '/session': 174,
  '/lab': 185,
};

/** Axios, the engine and the services: loaded while a page of a person who is signed in hydrates, else for a first call. */
const CLIENT_BUDGET_KB = 29;

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
const CHUNKS = 'static/chunks';
const client = readdirSync(`.next/${CHUNKS}`)
  .map((file) => `${CHUNKS}/${file}`)
  .filter((file) => file.endsWith('.js') && say([file], 'maxContentLength size of'));
const inFirstLoad = Object.values(pages)
  .flat()
  .some((file) => client.includes(file));
const isClientOver = client.length !== 1 || inFirstLoad || sizeKb(client) > CLIENT_BUDGET_KB;
failed ||= isClientOver;
console.log(
  `${isClientOver ? 'OVER ' : 'ok   '} + client   ${sizeKb(client).toFixed(1)} KB gzip of ${CLIENT_BUDGET_KB}, later`,
);
process.exit(failed ? 1 : 0);
