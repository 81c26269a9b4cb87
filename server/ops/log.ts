import { pino, type DestinationStream, type Logger } from 'pino';
import { kindOf } from '../resealError.ts';

export type Log = Logger;

/**
 * Makes the logger: one JSON object a line, to standard output unless a destination is given.
 *
 * No call hands it a request, a header, a body or a session. Errors say themselves what may be logged: ours show their
 * name, message, `code`, `status` and `oauthError`; of every other only a well-known name, a code and a place are kept,
 * because its message may quote a token.
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  // An unknown level is refused by the settings, and this log has to say so.
  const known = Object.hasOwn(pino.levels.values, level) || level === 'silent' ? level : 'info';
  return pino(
    {
      name: 'reseal',
      level: known,
      // pino's own would add a type and a stack to what the hook below has described.
      serializers: { err: (described: unknown) => described },
      hooks: {
        // pino uses the message of an error as the line's own where the call gives none.
        logMethod(args, method) {
          const [first, ...rest] = args as unknown[];
          const entry = first instanceof Error ? { err: first } : first;
          const line: unknown[] = [described(entry), ...rest.map(described)];
          if (line.length === 1 && typeof entry === 'object') line.push('no message');
          method.apply(this, line as Parameters<typeof method>);
        },
      },
    },
    destination ?? pino.destination(1),
  );
}

/** Replaces every error in a log call by the part of it that may be logged. */
function described(value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === 'err' || one instanceof Error ? describeError(one) : one,
    ]),
  );
}

/** What of an error may be shown: to the log, and in traces. */
export interface ErrorDescription {
  readonly name: string;
  readonly message?: string;
  readonly code?: string;
  readonly status?: number;
  readonly oauthError?: string;
  readonly endpoint?: string;
  readonly at?: string;
  readonly cause?: ErrorDescription;
}

/** Names of errors of JavaScript, Node, undici and redis; bundles minify the names of other classes. */
const KNOWN_NAMES = new Set([
  'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError', 'AggregateError',
  'AbortError', 'TimeoutError', 'NetworkError', 'OperationError', 'DataError', 'NotSupportedError', 'InvalidStateError',
  'ConnectTimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError', 'HeadersOverflowError', 'SocketError',
  'RequestAbortedError', 'InformationalError', 'HTTPParserError', 'ResponseExceededMaxSizeError', 'ClientDestroyedError',
  'RequestContentLengthMismatchError', 'ResponseContentLengthMismatchError', 'SecureProxyConnectionError',
  'SocketClosedUnexpectedlyError', 'ConnectionTimeoutError', 'ClientClosedError', 'ClientOfflineError',
  'DisconnectsClientError', 'SocketTimeoutError', 'SimpleError', 'BlobError', 'ErrorReply', 'ZodError',
]); // prettier-ignore

/** `ECONNREFUSED`, `UND_ERR_SOCKET`, `ERR_INVALID_URL`, `OAUTH_PARSE_ERROR`: words in capitals, which no token is. */
const CODE = /^[A-Z][A-Z]+(_?[A-Z]+|_\d{1,3}){0,8}$/;

/** The registered `error` values of OAuth and OpenID Connect. @see IANA, OAuth Extensions Error Registry */
const OAUTH_ERRORS = new Set<unknown>([
  'access_denied', 'account_selection_required', 'authorization_pending', 'consent_required', 'expired_token',
  'insufficient_scope', 'interaction_required', 'invalid_client', 'invalid_dpop_proof', 'invalid_grant',
  'invalid_request', 'invalid_request_object', 'invalid_request_uri', 'invalid_scope', 'invalid_target', 'invalid_token',
  'login_required', 'registration_not_supported', 'request_not_supported', 'request_uri_not_supported', 'server_error',
  'slow_down', 'temporarily_unavailable', 'unauthorized_client', 'unmet_authentication_requirements',
  'unsupported_grant_type', 'unsupported_response_type', 'unsupported_token_type', 'use_dpop_nonce',
]); // prettier-ignore

/** Describes an error without anything that may be a token. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const at = placeOf(error);
  return {
    ...(kindOf(error) === null ? ofForeign(error) : ofOurs(error)),
    ...(at === null ? {} : { at }),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** What one of our errors says about itself, checked once more for its shape. */
function ofOurs(error: Error): ErrorDescription {
  const { code, status, oauthError, endpoint } = error as Error & Readonly<Record<string, unknown>>;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(isWord(oauthError) ? { oauthError } : {}),
    ...(isWord(endpoint) ? { endpoint } : {}),
  };
}

const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,40}$/.test(value);

function ofForeign(error: Error): ErrorDescription {
  const { name, code, status, error: word } = error as Error & Readonly<Record<string, unknown>>;
  return {
    name: typeof name === 'string' && KNOWN_NAMES.has(name) ? name : 'Error',
    ...(typeof code === 'string' && code.length <= 64 && CODE.test(code) ? { code } : {}),
    ...(Number.isInteger(status) && (status as number) >= 100 && (status as number) < 600
      ? { status: status as number }
      : {}),
    ...(OAUTH_ERRORS.has(word) ? { oauthError: word as string } : {}),
  };
}

/** The file and the line that made the error, from the frames alone: the message above them may have any content. */
function placeOf({ stack, message }: Error): string | null {
  const end = (stack ?? '').indexOf(message);
  if (typeof stack !== 'string' || end < 0) return null;
  const frame = /^\s*at .*?([\w.[\]-]{1,80}:\d{1,6}:\d{1,6})\)?$/m.exec(stack.slice(end + message.length));
  return frame?.[1] ?? null;
}
