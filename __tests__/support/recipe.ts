import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.cwd();

interface RecipeBlock {
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks below one heading of docs/recipes.md, as a reader would copy them. */
export function recipeBlocks(heading: string): readonly RecipeBlock[] {
  const [, after = ''] = readFileSync(join(root, 'docs/recipes.md'), 'utf8').split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}

/** Its TypeScript alone. */
export const recipe = (heading: string): readonly string[] =>
  recipeBlocks(heading)
    .filter(({ language }) => /^tsx?$/.test(language))
    .map(({ code }) => code);

/** Writes a block where Jest compiles it like any file of ours, and answers its path; it stands at the top of the repository. */
export function recipeFile(heading: string, at = 0): string {
  const { language, code } = recipeBlocks(heading).filter(({ language }) => /^(tsx?|js)$/.test(language))[
    at
  ]!;
  const folder = join(root, '.reseal/recipes');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${heading.replaceAll(/\W+/g, '-')}-${at}.${language}`);
  writeFileSync(file, code.replaceAll(/from '\.\//g, "from '../../"));
  return file;
}
