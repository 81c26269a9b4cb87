import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { History } from './histories.ts';
import type { Ledger } from './ledger.ts';

/** Lives through a history: {@link live} of some simulation. */
export type Live = (history: History, isTold?: boolean) => Promise<Ledger>;

/** A change of one source file: the text must stand there exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const variants = new Map<string, readonly Edit[]>();
const applied = new Map<string, number>();
const nameOf = (url: string | undefined) => /[?&]variant=([\w-]+)/.exec(url ?? '')?.[1];

/**
 * Lets a variant of the product be loaded beside the product: whatever a module of a variant imports of ours is of that
 * variant too, and its text is changed as it is read. No file is touched, so the product needs no hooks for tests.
 */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const name = nameOf(context.parentURL);
    const isOurs = found.url.startsWith('file:') && !found.url.includes('/node_modules/');
    return name && isOurs && !nameOf(found.url) ? { ...found, url: `${found.url}?variant=${name}` } : found;
  },
  load(url, context, next) {
    const loaded = next(url, context);
    const name = nameOf(url);
    const edits = name
      ? variants.get(name)?.filter(({ file }) => url.split('?')[0]!.endsWith(`/${file}`))
      : [];
    if (!name || !edits?.length) return loaded;
    let source = String(loaded.source);
    for (const { file, from, to } of edits) {
      const count = source.split(from).length - 1;
      if (count !== 1)
        throw new Error(`${name}: the text to change stands ${count} times in ${file}: ${from}`);
      source = source.replace(from, () => to);
      applied.set(name, (applied.get(name) ?? 0) + 1);
    }
    return { ...loaded, source };
  },
});

/** Loads a file of this folder, or one named relative to it, over a variant of the product. */
export async function importVariant<T>(name: string, edits: readonly Edit[], file: string): Promise<T> {
  variants.set(name, edits);
  const url = new URL(`${file}?variant=${name}`, pathToFileURL(import.meta.filename));
  const loaded = (await import(url.href)) as T;
  if (applied.get(name) !== edits.length) throw new Error(`${name}: not every change was made`);
  return loaded;
}

/** Loads the model over a variant of the product. */
export async function liveIn(name: string, edits: readonly Edit[]): Promise<Live> {
  return (await importVariant<{ live: Live }>(name, edits, './simulation.ts')).live;
}
