import { appendFileSync, mkdirSync } from 'node:fs';

/** Where `npm run test:real` reads what the tests note. */
const FILE = '.reseal/test-results/real-figures.jsonl';

/** What connecting one real service takes. */
export interface Figures {
  /** As the outermost `describe` is called. */
  readonly name: string;
  readonly kind: 'backend' | 'provider' | 'proxy';
  /** Settings beside the four that every app needs. */
  readonly settings: number;
  /** Lines of a configuration file, without comments. */
  readonly configuration?: number;
  /** From nothing to a service and an app that serve, in ms. */
  readonly readyMs: number;
}

/** Notes the figures of a service; several workers write, each a line at a time. */
export function noteFigures(figures: Figures): void {
  mkdirSync('.reseal/test-results', { recursive: true });
  appendFileSync(FILE, `${JSON.stringify(figures)}\n`);
}
