import { STATUS_CODES } from 'node:http';
import { REASON_HEADER } from '../../contract/headers.ts';
import {
  isShownEndReason,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type ShownEndReason,
} from '../../contract/problem.ts';
import { kindOf, ResealError } from '../resealError.ts';
import type { Reply } from './exchange.ts';

/** An error that is an answer: its code decides status and detail, `cause` goes to the log only. */
export class ApiError extends ResealError {
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  /** With `session_ended`: why, where the person should know. */
  readonly endReason: ShownEndReason | undefined;

  constructor(
    code: ProblemCode,
    options: { cause?: unknown; headers?: Readonly<Record<string, string>>; endReason?: string } = {},
  ) {
    super('ApiError', PROBLEMS[code].detail, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.headers = options.headers ?? {};
    this.endReason = isShownEndReason(options.endReason) ? options.endReason : undefined;
  }
}

/** Tells whether an error is an answer. */
export const isApiError = (error: unknown): error is ApiError => kindOf(error) === 'ApiError';

/** The headers of every reply of ours: no cache keeps it, no browser guesses its type, nothing in it runs. */
const PLAIN = {
  'Cache-Control': 'private, no-store',
  Vary: 'Cookie, X-Reseal',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
} as const;

/** Makes `Retry-After`: whole seconds, at least 1. @see RFC 9110 §10.2.3 */
export function retryAfter(ms: number): Record<string, string> {
  return { 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) };
}

/**
 * Makes a problem document.
 *
 * It has no cookies: a refusal that cleared the cookies would undo what another tab has just refreshed.
 *
 * @see RFC 9457 §3
 */
export function problem(
  code: ProblemCode,
  requestId: string,
  {
    headers = {},
    endReason,
  }: { headers?: Readonly<Record<string, string>>; endReason?: ShownEndReason | undefined } = {},
): Reply {
  const { status, detail } = PROBLEMS[code];
  const document: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    requestId,
    ...(endReason === undefined ? {} : { endReason }),
  };
  return {
    status,
    headers: { ...PLAIN, ...headers, 'Content-Type': 'application/problem+json', [REASON_HEADER]: code },
    body: JSON.stringify(document),
  };
}

/** Makes a 200 with JSON that no cache may keep. */
export function json(body: unknown, cookies: readonly string[] = []): Reply {
  return {
    status: 200,
    headers: { ...PLAIN, 'Content-Type': 'application/json' },
    cookies,
    body: JSON.stringify(body),
  };
}

/** Makes a 204 that no cache may keep. */
export function noContent(
  cookies: readonly string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status: 204, headers: { 'Cache-Control': 'private, no-store', ...headers }, cookies, body: null };
}
