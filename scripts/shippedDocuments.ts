import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const TOP = ['LICENSE', 'README.md', 'README.ko.md', 'CHANGELOG.md', 'SECURITY.md'];

/** The documents that the package has, by their paths; what they link to and the package has not, becomes plain text. */
export function shippedDocuments(): ReadonlyMap<string, string> {
  const docs = ['docs', 'docs/ko', 'docs/examples'].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => `${folder}/${name}`),
  );
  const files = [...TOP, ...docs];
  return new Map(files.map((file) => [file, withoutDeadLinks(file, new Set(files))]));
}

function withoutDeadLinks(file: string, shipped: ReadonlySet<string>): string {
  const text = readFileSync(file, 'utf8');
  if (!file.endsWith('.md')) return text;
  const isShipped = (target: string) => {
    const [path = ''] = target.split('#');
    return path === '' || /^[a-z]+:/.test(path) || shipped.has(normalize(join(dirname(file), path)));
  };
  return text
    .replace(/<picture>[\s\S]*?<\/picture>\n*|<img\b[^>]*>\n*/g, '')
    .replace(/!\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, _alt, target: string) => (isShipped(target) ? whole : ''))
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (whole, label: string, target: string) =>
      isShipped(target) ? whole : label,
    );
}
