import { STATUS_CODES, type ServerResponse } from 'node:http';
import { REASON_HEADER } from '../../contract/headers.ts';
import { PROBLEMS, type Problem, type ProblemCode } from '../../contract/problem.ts';

/** An error that is an answer: its code decides status and detail, `cause` goes to the log only. */
export class ApiError extends Error {
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    options: { cause?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(PROBLEMS[code].detail, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ApiError';
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

/** What every answer of ours says: no cache keeps it, no browser guesses at it, nothing in it runs. */
const PLAIN = {
  'Cache-Control': 'private, no-store',
  Vary: 'Cookie, X-Reseal',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
} as const;

/** Says for how long to hold off, in whole seconds, 1 at the least. @see RFC 9110 §10.2.3 */
export function retryAfter(ms: number): Record<string, string> {
  return { 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) };
}

/**
 * Answers with a problem document; where the answer has begun already, cuts the connection, so that
 * nobody takes half a body for a whole one.
 *
 * @see RFC 9457 §3
 */
export function sendProblem(
  res: ServerResponse,
  code: ProblemCode,
  options: { headers?: Readonly<Record<string, string>>; requestId?: string } = {},
): void {
  if (res.headersSent) return void res.destroy();
  const { status, detail } = PROBLEMS[code];
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    ...(options.requestId === undefined ? {} : { requestId: options.requestId }),
  };
  // A refusal writes no cookie: a loser that cleared the winner's is how sessions get lost elsewhere.
  res.removeHeader('Set-Cookie');
  res.writeHead(status, {
    ...PLAIN,
    ...options.headers,
    'Content-Type': 'application/problem+json',
    [REASON_HEADER]: code,
  });
  res.end(JSON.stringify(problem));
}

/** Answers 200 with JSON that no cache may keep. */
export function sendJson(res: ServerResponse, body: unknown): void {
  res.writeHead(200, { ...PLAIN, 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}
