import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';

/**
 * Builds the documentation site into `.reseal/site`. The documents stay where GitHub shows them: this script copies
 * them into the generator's folder under the addresses of the site and points their links there.
 */
const SITE = 'docs/site';
const SOURCE = `${SITE}/.source`;
const OUT = '.reseal/site';

const named = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => `${folder}/${name}`);

/** From a document's path in the repository to its path on the site. */
const pages = new Map([
  ['README.md', 'index.md'],
  ['README.ko.md', 'ko/index.md'],
  ['docs/README.md', 'documents.md'],
  ['docs/ko/README.md', 'ko/documents.md'],
  ['SECURITY.md', 'security.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
  ['CHANGELOG.md', 'changelog.md'],
  ...[...named('docs'), ...named('docs/ko')].map((path) => [path, path.replace('docs/', '')] as const),
]);

/** Other files that a document links to, and the name of their copy. */
const files = new Map<string, string>();

/** Where a link of a document leads on the site: another page, or a copy of the file; a folder has no address there. */
function target(from: string, link: string): string | null {
  const [path = '', anchor] = link.split('#');
  const wanted = posix.normalize(posix.join(dirname(from), path));
  if (!existsSync(wanted)) throw new Error(`${from} links to ${link}, which does not exist`);
  const page = pages.get(wanted);
  if (page !== undefined) return `/${page}${anchor === undefined ? '' : `#${anchor}`}`;
  if (statSync(wanted).isDirectory()) return null;
  // A browser shows text and pictures, and downloads what it does not know.
  const copy = /\.(png|svg)$/.test(wanted) ? wanted : `${wanted.replace(/^\./, '')}.txt`;
  files.set(wanted, copy);
  return `/files/${copy}`;
}

/** Points the links of a text at the site. */
const linked = (from: string, text: string) =>
  text
    .replaceAll(/\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s]+)\)/g, (_, label: string, link: string) => {
      const to = target(from, link);
      return to === null ? label : `[${label}](${to})`;
    })
    .replaceAll(
      /\b(src|srcset)="(?!https?:)([^"]+)"/g,
      (_, name: string, link: string) => `${name}="${target(from, link)}"`,
    )
    // Two braces are an expression of the generator.
    .replaceAll('{{', '&#123;&#123;');

/** A document with its links pointed at the site. Blocks of code stay as they are. */
const translate = (from: string) =>
  readFileSync(from, 'utf8')
    .split(/(^```[\s\S]*?^```)/m)
    .map((part) => (part.startsWith('```') ? part : linked(from, part)))
    .join('');

rmSync(SOURCE, { recursive: true, force: true });
for (const [from, to] of pages) {
  mkdirSync(dirname(join(SOURCE, to)), { recursive: true });
  writeFileSync(join(SOURCE, to), translate(from));
}
for (const [file, name] of files) {
  const copy = join(SOURCE, 'public/files', name);
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(file, copy);
}
mkdirSync(join(SOURCE, 'public'), { recursive: true });
copyFileSync('public/favicon.svg', join(SOURCE, 'public/favicon.svg'));
mkdirSync(join(SOURCE, '.vitepress'), { recursive: true });
copyFileSync(`${SITE}/config.js`, join(SOURCE, '.vitepress/config.js'));

if (!existsSync(`${SITE}/node_modules/vitepress`))
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: SITE, stdio: 'inherit' });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitepress/bin/vitepress.js', 'build', '.source', '--outDir', resolve(OUT)],
  { cwd: SITE, stdio: 'inherit' },
);
if (status === 0) console.log(`The site is in ${OUT}; \`npx serve ${OUT}\` or any static server shows it.`);
process.exit(status ?? 1);
