import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/**
 * Makes the logger: one JSON object a line, to standard output unless told otherwise.
 *
 * Secrets are kept out by construction: nothing here is ever handed a request, a header, a body or a session,
 * and an error is reduced to its name, code and the names of its causes, because the message of somebody
 * else's error may quote what it choked on.
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  // The settings refuse an unknown level, and somebody has to log that they did.
  const known = Object.hasOwn(pino.levels.values, level) || level === 'silent' ? level : 'info';
  return pino(
    { name: 'reseal', level: known, serializers: { err: describe } },
    destination ?? pino.destination(1),
  );
}

interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  readonly at?: string;
  readonly cause?: ErrorDescription;
}

/**
 * Our own errors have messages without values; of any other only name, code and the place in our code are kept.
 * Ours never quote: `The "chunk" argument must be … Received type string ('eyJ…')` is Node's.
 */
function describe(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = (error as { code?: unknown }).code;
  const at = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(/^(The |Reseal )[^"]*$/.test(error.message) ? { message: error.message } : {}),
    ...(at ? { at: at.trim() } : {}),
    ...(error.cause !== undefined && depth < 3 ? { cause: describe(error.cause, depth + 1) } : {}),
  };
}
