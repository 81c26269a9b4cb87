/** A registered symbol is the same in every bundle of the process. */
const KIND = Symbol.for('reseal.error');

/**
 * An error of this code base. Its name, its message and its own `code`, `status` and `oauthError` go into the log: the
 * message must never quote a value that came from outside.
 *
 * Next bundles API routes, pages and `instrumentation.ts` separately, each with its own copy of every class, so
 * `instanceof` is false between them in production: ask {@link kindOf}. The kind is a literal, because class names are
 * minified.
 */
export class ResealError extends Error {
  readonly [KIND]: string;

  constructor(kind: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this[KIND] = kind;
    this.name = kind;
  }
}

/** Answers which of our errors this is, in whichever bundle it was made; `null` for any other value. */
export function kindOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const kind = (error as { [KIND]?: unknown })[KIND];
  return typeof kind === 'string' ? kind : null;
}

/** Makes an error that has nothing to say but its message: constant text. */
export function ourError(message: string, options?: ErrorOptions): ResealError {
  return new ResealError('ResealError', message, options);
}
